/// Base64 text ([RFC 4648](https://www.rfc-editor.org/rfc/rfc4648#section-4), section 4) without padding.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Returns the number of digits for this number of bytes.
    static func length(ofBytes count: Int) -> Int { (count * 8 + 5) / 6 }

    /// Returns the number of bytes that fit into this number of digits.
    static func capacity(ofDigits count: Int) -> Int { count * 6 / 8 }

    package static func text(of bytes: [UInt8]) -> String {
        let length = length(ofBytes: bytes.count)
        return String(unsafeUninitializedCapacity: length) { text in
            for index in 0..<length {
                let bit = index * 6
                let high = UInt16(bytes[bit / 8]) << 8
                let low = bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0
                text[index] = digits[Int((high | low) >> UInt16(10 - bit % 8)) & 63]
            }
            return length
        }
    }

    /// Returns the bytes; nil if a character is not a digit, or if the last digit has bits that belong to no byte.
    static func bytes(of text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text {
            guard let digit = digit(character) else { return nil }
            bits = bits << 6 | digit
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return count < 6 && bits & (1 << UInt32(count) - 1) == 0 ? bytes : nil
    }

    private static func digit(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
