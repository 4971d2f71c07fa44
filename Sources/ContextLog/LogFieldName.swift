internal import ContextPropagation

/// The name under which a value is written, in two words.
///
/// A name of up to twelve printable ASCII bytes *is* the two words, ready to be stored as `,"name":` (a literal one is
/// folded by the compiler). Any other is a pointer and a length, marked by the top bit, which no ASCII byte sets. An
/// array's element is a lone comma.
@frozen
public struct LogFieldName: Sendable {
    @usableFromInline let low: UInt64
    @usableFromInline let high: UInt64

    @usableFromInline static let longestPacked = 12

    @inlinable
    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The bytes must live as long as the name.
    @inlinable
    @inline(__always)
    init(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        var words: (low: UInt64, high: UInt64) = (0x222C, 0)
        var isPacked = count <= 12
        if isPacked {
            for index in 0..<count {
                let byte = UInt64(bytes[index])
                if byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C { isPacked = false }
                if index < 6 {
                    words.low |= byte &<< UInt64(truncatingIfNeeded: 8 &* (index &+ 2))
                } else {
                    words.high |= byte &<< UInt64(truncatingIfNeeded: 8 &* (index &- 6))
                }
            }
            // The closing `":` behind the name.
            if count < 5 {
                words.low |= 0x3A22 &<< UInt64(truncatingIfNeeded: 8 &* (count &+ 2))
            } else if count == 5 {
                words.low |= 0x22 &<< 56
                words.high = 0x3A
            } else {
                words.high |= 0x3A22 &<< UInt64(truncatingIfNeeded: 8 &* (count &- 6))
            }
        }
        if isPacked {
            low = words.low
            high = words.high
        } else {
            low = UInt64(UInt(bitPattern: bytes))
            high = 1 &<< 63 | UInt64(truncatingIfNeeded: count)
        }
    }

    @inlinable
    @inline(__always)
    init(_ literal: StaticString) {
        self.init(literal.utf8Start, literal.utf8CodeUnitCount)
    }

    static let element = LogFieldName(low: 0x2C, high: 0)

    @usableFromInline var isElement: Bool { low == 0x2C && high == 0 }

    var isPacked: Bool { high >> 63 == 0 }

    /// How many bytes a packed name takes.
    var packedCount: Int {
        high == 0 ? 8 &- low.leadingZeroBitCount &>> 3 : 16 &- high.leadingZeroBitCount &>> 3
    }

    var long: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(
            start: UnsafePointer(bitPattern: UInt(truncatingIfNeeded: low)),
            count: Int(truncatingIfNeeded: high & ~(1 << 63))
        )
    }

    /// One of 64 bits: names with different ones differ, names with the same one may be the same.
    @inline(__always)
    var signature: UInt64 {
        var mixed = low &* 0x9E37_79B9_7F4A_7C15 ^ high &* 0xC2B2_AE3D_27D4_EB4F
        if _slowPath(!isPacked) { mixed = mixLong() }
        return 1 &<< (mixed &>> 58)
    }

    @inline(never)
    private func mixLong() -> UInt64 {
        long.reduce(0) { ($0 ^ UInt64($1)) &* 0x9E37_79B9_7F4A_7C15 }
    }
}
