/// Hexadecimal digits as bytes. (`UInt64(_:radix:)` takes a sign and `isHexDigit` takes full-width digits: neither may
/// reach an ID.)
package enum Hex {
    @inlinable
    package static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? 48 + nibble : 87 + nibble
    }

    /// The value of one digit in either case, nil for any other byte.
    @inlinable
    package static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case 48...57: UInt64(byte - 48)
        case 97...102: UInt64(byte - 87)
        case 65...70: UInt64(byte - 55)
        default: nil
        }
    }

    /// Writes `value` as 16 lower-case digits.
    @inlinable
    package static func write(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) {
        for index in 0..<16 {
            target[index] = digit(value >> UInt64(60 - 4 * index))
        }
    }

    /// Reads digits in either case, nil when one is something else. At most 16 digits.
    package static func parse(_ digits: some Sequence<UInt8>) -> UInt64? {
        var result: UInt64 = 0
        for byte in digits {
            guard let value = value(of: byte) else { return nil }
            result = result << 4 | value
        }
        return result
    }

    package static func string(_ words: UInt64...) -> String {
        String(unsafeUninitializedCapacity: 16 * words.count) { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            for (index, word) in words.enumerated() {
                write(word, to: base + 16 * index)
            }
            return 16 * words.count
        }
    }
}
