/// Decodes texts of valid JSON.
enum JSONText {
    /// The text of a string's bytes, which are between its quotes.
    static func string(_ bytes: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) -> String {
        guard hasEscapes else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: unescaped(bytes), as: UTF8.self)
    }

    private static func unescaped(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            guard byte == JSONScanner.backslash, index + 1 < bytes.count else {
                text.append(byte)
                index += 1
                continue
            }
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "b"): text.append(8)
            case UInt8(ascii: "f"): text.append(12)
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "r"): text.append(13)
            case UInt8(ascii: "t"): text.append(9)
            case UInt8(ascii: "u"): text.append(contentsOf: scalar(bytes, &index).utf8)
            case let other: text.append(other)
            }
        }
        return text
    }

    /// Reads four hex digits, and the second half of a pair of surrogates.
    private static func scalar(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> String {
        guard let first = unit(bytes, index) else { return "\u{FFFD}" }
        index += 4
        var value = first
        if (0xD800..<0xDC00).contains(first), index + 6 <= bytes.count, bytes[index] == JSONScanner.backslash,
            let second = unit(bytes, index + 2), (0xDC00..<0xE000).contains(second)
        {
            index += 6
            value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        }
        return String(Unicode.Scalar(value).map(Character.init) ?? "\u{FFFD}")
    }

    private static func unit(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> UInt32? {
        guard index + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for position in index..<index + 4 {
            guard let digit = JSONScanner.hexDigit(bytes[position]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Calls `body` with each member of an object whose JSON is valid: its name, the bytes of its value, and its type.
    /// The bytes of a string are those between its quotes. The line feed of the line must follow.
    static func forEachMember(
        _ object: UnsafeBufferPointer<UInt8>,
        _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: JSONValue) -> Void
    ) {
        forEach(in: object, hasNames: true) { name, value in body(name, value) }
    }

    /// Calls `body` with each element of an array whose JSON is valid.
    static func forEachElement(_ array: UnsafeBufferPointer<UInt8>, _ body: (JSONValue) -> Void) {
        forEach(in: array, hasNames: false) { _, value in body(value) }
    }

    private static func forEach(
        in container: UnsafeBufferPointer<UInt8>,
        hasNames: Bool,
        _ body: (UnsafeBufferPointer<UInt8>, JSONValue) -> Void
    ) {
        guard container.count > 2, let base = container.baseAddress else { return }
        var scanner = JSONScanner(base)
        scanner.next += 1
        let end = base + container.count - 1
        var nested = NestedValues()
        do {
            while true {
                scanner.skipBlanks()
                guard scanner.next < end else { return }
                var name = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
                if hasNames {
                    try scanner.pass(JSONScanner.quote)
                    let start = scanner.next
                    _ = try scanner.endString()
                    name = UnsafeBufferPointer(start: start, count: scanner.next - start - 1)
                    scanner.skipBlanks()
                    try scanner.pass(UInt8(ascii: ":"))
                    scanner.skipBlanks()
                }
                let start = scanner.next
                let type = try nested.pass(&scanner)
                let value =
                    type == .string
                    ? UnsafeBufferPointer(start: start + 1, count: scanner.next - start - 2)
                    : UnsafeBufferPointer(start: start, count: scanner.next - start)
                body(name, JSONValue(type: type, bytes: value))
                scanner.skipBlanks()
                guard scanner.next.pointee == UInt8(ascii: ",") else { return }
                scanner.next += 1
            }
        } catch {
            // The JSON was read before, so it is valid.
            return
        }
    }
}

/// A value in a line, as long as the line's memory is valid.
struct JSONValue {
    let type: ValueType
    /// The bytes of the value; of a string, those between its quotes.
    let bytes: UnsafeBufferPointer<UInt8>

    /// The text of a string, or the JSON of any other value.
    var text: String {
        type == .string
            ? JSONText.string(bytes, hasEscapes: bytes.contains(JSONScanner.backslash))
            : String(decoding: bytes, as: UTF8.self)
    }

    /// The number, or the number that a string holds, as OTLP/JSON writes 64-bit integers.
    var number: Double? {
        type == .number || type == .string ? Double(String(decoding: bytes, as: UTF8.self)) : nil
    }

    var integer: Int64? { Int64(String(decoding: bytes, as: UTF8.self)) }

    /// The value of a member of an object.
    func member(_ name: StaticString) -> JSONValue? {
        guard type == .object else { return nil }
        var found: JSONValue?
        JSONText.forEachMember(bytes) { if $0.equals(name), found == nil { found = $1 } }
        return found
    }

    func forEachElement(_ body: (JSONValue) -> Void) {
        if type == .array { JSONText.forEachElement(bytes, body) }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes are those of the text.
    @inline(__always)
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != text.utf8Start[index] { return false }
        return true
    }
}
