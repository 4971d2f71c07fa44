/// Hexadecimal digits as bytes. (`UInt64(_:radix:)` accepts a sign and `isHexDigit` accepts full-width digits. Neither
/// may get into an ID.)
@usableFromInline
package enum Hex {
    @inlinable
    package static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? 48 + nibble : 87 + nibble
    }

    /// The value of one digit in either case. The result is nil for any other byte.
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
        write(UInt32(truncatingIfNeeded: value >> 32), to: target)
        write(UInt32(truncatingIfNeeded: value), to: target + 8)
    }

    /// Writes `value` as 8 lower-case digits.
    @inlinable
    package static func write(_ value: UInt32, to target: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(target).storeBytes(of: digits(of: value), as: UInt64.self)
    }

    /// The eight lower-case digits of `value` in the order in which memory holds them.
    @inlinable
    package static func digits(of value: UInt32) -> UInt64 {
        // Spread the nibbles over the bytes, the first digit on top. Then add 48 to each, and 39 more to those above 9.
        var nibbles = UInt64(value)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = ((nibbles &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39).bigEndian
    }

    /// The value of eight lower-case digits as memory holds them. The result is nil if any byte is not such a digit.
    @inlinable
    @inline(__always)
    package static func value(ofLowerCase word: UInt64) -> UInt64? {
        let tops: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Below 128, adding (128 - n) sets a byte's top bit exactly when the byte is at least n.
        guard word & tops == 0 else { return nil }
        let digits = (word &+ ones &* (128 - 48)) & ~(word &+ ones &* (128 - 58))
        let letters = (word &+ ones &* (128 - 97)) & ~(word &+ ones &* (128 - 103))
        guard (digits | letters) & tops == tops else { return nil }
        var nibbles = ((word & 0x0F0F_0F0F_0F0F_0F0F) &+ ((word >> 6) & ones) &* 9).bigEndian
        nibbles = (nibbles | nibbles >> 4) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles >> 8) & 0x0000_FFFF_0000_FFFF
        return (nibbles | nibbles >> 16) & 0xFFFF_FFFF
    }

    /// Reads at most 16 digits in either case. The result is nil if any byte is not a digit.
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
