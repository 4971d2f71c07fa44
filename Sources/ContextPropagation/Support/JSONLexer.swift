/// Reads the tokens of a JSON text one after the other. Its caller decides which token may come next.
///
/// It never traps, whatever the bytes are. Bytes of a string that are not UTF-8 are kept as they are.
///
/// Specification: [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259).
package struct JSONLexer {
    package enum Fault: Error, Equatable {
        /// The byte at this offset cannot follow.
        case unexpected(Int)
        /// The text ends too early.
        case truncated
    }

    package let bytes: UnsafeBufferPointer<UInt8>
    package private(set) var position = 0

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The next byte, or nil at the end of the text.
    package var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// The fault of a caller that cannot use the next byte.
    package var fault: Fault { position < bytes.count ? .unexpected(position) : .truncated }

    package mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    /// Takes the next byte if it is this one. Returns whether it was.
    @discardableResult
    package mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    package mutating func take(_ word: StaticString) throws(Fault) {
        for index in 0..<word.utf8CodeUnitCount where !take(word.utf8Start[index]) { throw fault }
    }

    // MARK: Numbers

    /// Reads a number. A digit after a leading zero is not a part of it, and cannot follow it.
    ///
    /// - Returns: The place of the number in the text, and whether it has neither a fraction nor an exponent.
    package mutating func number() throws(Fault) -> (range: Range<Int>, isWhole: Bool) {
        let start = position
        take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { take(UInt8(ascii: "-")) }
            try digits()
        }
        return (start..<position, isWhole)
    }

    private mutating func digits() throws(Fault) {
        let start = position
        while let byte = next, 48...57 ~= byte { position += 1 }
        if position == start { throw fault }
    }

    // MARK: Strings

    /// Reads the string whose opening quote is the next byte.
    ///
    /// - Parameter keeps: Whether the bytes are needed.
    /// - Returns: The bytes without escapes, or nothing if they are not needed.
    package mutating func string(keeps: Bool = true) throws(Fault) -> [UInt8] {
        guard take(UInt8(ascii: "\"")) else { throw fault }
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                let scalar = try escape()
                if keeps { text.append(contentsOf: String(scalar).utf8) }
            case 0..<0x20:
                throw fault
            default:
                position += 1
                if keeps { text.append(byte) }
            }
        }
        throw .truncated
    }

    /// Reads an escape after its backslash.
    private mutating func escape() throws(Fault) -> Unicode.Scalar {
        guard let letter = next else { throw .truncated }
        let scalar: Unicode.Scalar
        switch letter {
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(letter)
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw fault
        }
        position += 1
        return scalar
    }

    /// Reads the `u` of an escape and its digits, and the escape of the second surrogate of a pair. A surrogate without
    /// its partner is U+FFFD.
    private mutating func unicodeEscape() throws(Fault) -> Unicode.Scalar {
        let unit = try codeUnit()
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}" }
        let mark = position
        guard take(UInt8(ascii: "\\")), next == UInt8(ascii: "u") else {
            position = mark
            return "\u{FFFD}"
        }
        let trail = try codeUnit()
        guard UTF16.isTrailSurrogate(trail) else {
            position = mark
            return "\u{FFFD}"
        }
        return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
    }

    /// Reads the `u` and four hex digits.
    private mutating func codeUnit() throws(Fault) -> UInt16 {
        position += 1
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Hex.value(of: byte) else { throw fault }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
