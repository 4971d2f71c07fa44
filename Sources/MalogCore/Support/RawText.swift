/// Arguments of the program as texts. Names of files are bytes that need not be UTF-8.
///
/// A byte that is not part of valid UTF-8 becomes a character for private use, and becomes that byte again when the
/// system gets the text. So every name is kept as it is.
enum RawText {
    /// The character of byte 0. Only those of the bytes from 0x80 on are used.
    private static let base: UInt32 = 0x10FE00

    private static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        base + 0x80...base + 0xFF ~= scalar.value ? UInt8(scalar.value - base) : nil
    }

    /// - Parameter bytes: The bytes of an argument without the zero at their end.
    static func text(_ bytes: [UInt8]) -> String {
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            if let scalar = scalar(rest), byte(scalar) == nil {
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                text.unicodeScalars.append(Unicode.Scalar(base + UInt32(first)) ?? "\u{FFFD}")
                rest = rest.dropFirst()
            }
        }
        return text
    }

    /// - Parameter start: The first byte of an argument with a zero at its end.
    static func text(ofZeroTerminated start: UnsafePointer<CChar>) -> String {
        var bytes: [UInt8] = []
        while start[bytes.count] != 0 { bytes.append(UInt8(bitPattern: start[bytes.count])) }
        return text(bytes)
    }

    /// The first character, or nil if the bytes do not begin with valid UTF-8.
    private static func scalar(_ bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        guard case .valid(let encoded) = parser.parseScalar(from: &iterator) else { return nil }
        return Unicode.UTF8.decode(encoded)
    }

    /// The text of an argument for the system: its bytes and a zero.
    static func bytes(_ text: String) -> [CChar] {
        var bytes: [CChar] = []
        for scalar in text.unicodeScalars {
            if let byte = byte(scalar) {
                bytes.append(CChar(bitPattern: byte))
            } else {
                bytes += UTF8.encode(scalar)?.map { CChar(bitPattern: $0) } ?? []
            }
        }
        return bytes + [0]
    }

    /// The text of an argument for people.
    static func shown(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { byte($0) != nil }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { byte($0) == nil ? $0 : "\u{FFFD}" }))
    }
}
