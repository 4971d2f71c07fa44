/// The number of a line in a source file, with its digits. The compiler computes them for a literal number.
@usableFromInline
package struct LineNumber: Sendable {
    /// Up to six digits in the low bytes, the first one lowest, and their number in the highest byte. For a greater
    /// number, that number with the highest bit set.
    @usableFromInline let bits: UInt64

    @inlinable
    @inline(__always)
    package init(_ line: UInt) {
        let line = UInt64(line)
        guard line < 1_000_000 else {
            bits = line | 1 &<< 63
            return
        }
        // There is no loop and no table, so that the compiler computes the bits of a literal number.
        let six =
            Self.digit(line / 100_000) | Self.digit(line / 10_000) &<< 8 | Self.digit(line / 1_000) &<< 16
            | Self.digit(line / 100) &<< 24 | Self.digit(line / 10) &<< 32 | Self.digit(line) &<< 40
        let count: UInt64 =
            line < 10 ? 1 : line < 100 ? 2 : line < 1_000 ? 3 : line < 10_000 ? 4 : line < 100_000 ? 5 : 6
        bits = six &>> (8 &* (6 &- count)) | count &<< 56
    }

    @inlinable
    @inline(__always)
    static func digit(_ value: UInt64) -> UInt64 { value % 10 | 0x30 }

    /// Whether the digits are known.
    @inlinable package var isShort: Bool { bits >> 63 == 0 }

    /// The number of digits, if they are known.
    @inlinable package var count: Int { Int(truncatingIfNeeded: bits &>> 56) }

    /// Writes the digits, which must be known, and two bytes after them. Returns the place after the digits.
    @inlinable
    @inline(__always)
    package func write(to place: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(place).storeBytes(of: bits, as: UInt64.self)
        return place + count
    }

    package var value: UInt {
        guard isShort else { return UInt(truncatingIfNeeded: bits & ~(1 << 63)) }
        var value: UInt = 0
        for index in 0..<count { value = 10 * value + UInt(truncatingIfNeeded: bits >> UInt64(8 * index) & 0xF) }
        return value
    }
}
