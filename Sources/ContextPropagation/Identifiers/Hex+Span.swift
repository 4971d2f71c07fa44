extension Hex {
    /// The case of the digits above 9 in a format.
    package enum Letters {
        case lowerCase
        case eitherCase
    }

    /// Reads the 16 lower-case digits that begin at `start`, which must lie within `text`.
    @inline(__always)
    package static func lowerCaseWord(in text: Span<UInt8>, at start: Int) throws(HeaderFault) -> UInt64 {
        if let word = lowerCaseDigits(in: text, at: start) { return word }
        // A digit is wrong. The slow path finds out how.
        return try word(in: text, at: start..<start + 16, .lowerCase)
    }

    /// Reads the 16 digits that begin at `start`, which must lie within `text`. Most senders write lower case, which is
    /// read faster.
    @inline(__always)
    package static func eitherCaseWord(in text: Span<UInt8>, at start: Int) throws(HeaderFault) -> UInt64 {
        if let word = lowerCaseDigits(in: text, at: start) { return word }
        return try word(in: text, at: start..<start + 16, .eitherCase)
    }

    /// The value of the 16 digits that begin at `start`. The result is nil if any byte is not a lower-case digit.
    @inline(__always)
    static func lowerCaseDigits(in text: Span<UInt8>, at start: Int) -> UInt64? {
        let bytes = text.bytes
        guard let high = value(ofLowerCase: bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self)),
            let low = value(ofLowerCase: bytes.unsafeLoadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
        else { return nil }
        return high << 32 | low
    }

    /// Reads at most 16 digits.
    package static func word(
        in text: Span<UInt8>,
        at range: Range<Int>,
        _ letters: Letters
    ) throws(HeaderFault) -> UInt64 {
        var result: UInt64 = 0
        for index in range {
            let byte = text[index]
            guard let digit = value(of: byte) else { throw .notHex }
            if letters == .lowerCase, 65...70 ~= byte { throw .upperCaseHex }
            result = result << 4 | digit
        }
        return result
    }
}
