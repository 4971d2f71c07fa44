internal import ContextPropagation

/// Reads JSON (RFC 8259).
struct JSONReader {
    let bytes: UnsafeBufferPointer<UInt8>
    let depthLimit: Int
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func document() -> LogFieldValue? {
        guard let value = value(depth: 0) else { return nil }
        skipSpace()
        return position == bytes.count ? value : nil
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func takeToken(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count,
            UnsafeBufferPointer(start: word.utf8Start, count: count).elementsEqual(bytes[position..<position + count])
        else { return false }
        position += count
        return true
    }

    private mutating func value(depth: Int) -> LogFieldValue? {
        guard depth < depthLimit else { return nil }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return take(word: "true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return take(word: "false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> LogFieldValue? {
        position += 1
        var members: [LogFieldValue.Member] = []
        if takeToken(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\""), let name = string(), takeToken(UInt8(ascii: ":")),
                let value = value(depth: depth + 1)
            else { return nil }
            members.append(LogFieldValue.Member(name: name, value: value))
        } while takeToken(UInt8(ascii: ","))
        return takeToken(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> LogFieldValue? {
        position += 1
        var elements: [LogFieldValue] = []
        if takeToken(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            elements.append(value)
        } while takeToken(UInt8(ascii: ","))
        return takeToken(UInt8(ascii: "]")) ? .array(elements) : nil
    }

    private mutating func number() -> LogFieldValue? {
        let start = position
        _ = take(byte: UInt8(ascii: "-"))
        let isZero = next == UInt8(ascii: "0")
        let wholeDigits = digits()
        guard wholeDigits == 1 || wholeDigits > 1 && !isZero else { return nil }
        var isWhole = true
        if take(byte: UInt8(ascii: ".")) {
            isWhole = false
            guard digits() > 0 else { return nil }
        }
        if take(byte: UInt8(ascii: "e")) || take(byte: UInt8(ascii: "E")) {
            isWhole = false
            if !take(byte: UInt8(ascii: "+")) { _ = take(byte: UInt8(ascii: "-")) }
            guard digits() > 0 else { return nil }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard isWhole else { return Double(text).map { .double($0) } }
        return Int(text).map { .integer($0) } ?? .bigInteger(text)
    }

    private mutating func take(byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    /// Takes digits and returns their number.
    private mutating func digits() -> Int {
        let start = position
        while let byte = next, 48...57 ~= byte { position += 1 }
        return position - start
    }

    private mutating func string() -> String? {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                text.append(contentsOf: String(scalar).utf8)
            case 0..<0x20:
                return nil
            default:
                text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        guard let letter = next else { return nil }
        position += 1
        switch letter {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "u"): return unicodeEscape()
        default: return nil
        }
    }

    /// Reads the digits of `\u`. A surrogate without its partner is U+FFFD.
    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let unit = codeUnit() else { return nil }
        if UTF16.isLeadSurrogate(unit) {
            let mark = position
            if take(word: "\\u"), let trail = codeUnit(), UTF16.isTrailSurrogate(trail) {
                return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
            }
            position = mark
        }
        return Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}"
    }

    private mutating func codeUnit() -> UInt16? {
        guard position + 4 <= bytes.count, let value = Hex.parse(bytes[position..<position + 4]) else { return nil }
        position += 4
        return UInt16(value)
    }
}
