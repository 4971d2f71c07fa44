internal import CMALoggerShims

/// The name under which a value is written, in two words.
///
/// The words of a name of up to twelve printable ASCII bytes are `,"name":`, ready to be stored. The compiler computes
/// them for a literal name. The words of any other name are a pointer and a length. The top bit marks them, because no
/// ASCII byte sets it. An element of an array has that mark, and the length 0.
@usableFromInline
struct LogFieldName: Sendable {
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
        // There is no loop, so that the compiler computes the words of a literal name.
        let front = Self.word(bytes, count, from: 0)
        let back = Self.word(bytes, count, from: 6)
        self.init(bytes, count, front: front, back: back)
    }

    /// The name of a whole string that is known only at run time. Its bytes must live as long as the name.
    @inline(__always)
    init(atRunTime bytes: UnsafePointer<UInt8>, _ count: Int) {
        let packed = malogc_pack_name(bytes, count)
        if _fastPath(packed.low != 0) {
            self.init(low: packed.low, high: packed.high)
        } else {
            self.init(low: UInt64(UInt(bitPattern: bytes)), high: 1 &<< 63 | UInt64(truncatingIfNeeded: count))
        }
    }

    @inlinable
    @inline(__always)
    init(_ bytes: UnsafePointer<UInt8>, _ count: Int, front: UInt64, back: UInt64) {
        let isPlain =
            Self.isPlain(front | Self.blanks(from: count)) && Self.isPlain(back | Self.blanks(from: count &- 6))
        guard count <= Self.longestPacked && isPlain else {
            low = UInt64(UInt(bitPattern: bytes))
            high = 1 &<< 63 | UInt64(truncatingIfNeeded: count)
            return
        }
        // The closing `":` behind the name: within the first word, across both, or within the second.
        if count < 5 {
            low = 0x222C | front &<< 16 | 0x3A22 &<< UInt64(truncatingIfNeeded: 8 &* (count &+ 2))
            high = 0
        } else if count == 5 {
            low = 0x222C | front &<< 16 | 0x22 &<< 56
            high = 0x3A
        } else {
            low = 0x222C | front &<< 16
            high = back | 0x3A22 &<< UInt64(truncatingIfNeeded: 8 &* (count &- 6))
        }
    }

    /// Six bytes of the name, the first one lowest. Bytes after its end are 0.
    @inlinable
    @inline(__always)
    static func word(_ bytes: UnsafePointer<UInt8>, _ count: Int, from first: Int) -> UInt64 {
        (first < count ? UInt64(bytes[first]) : 0)
            | (first &+ 1 < count ? UInt64(bytes[first &+ 1]) &<< 8 : 0)
            | (first &+ 2 < count ? UInt64(bytes[first &+ 2]) &<< 16 : 0)
            | (first &+ 3 < count ? UInt64(bytes[first &+ 3]) &<< 24 : 0)
            | (first &+ 4 < count ? UInt64(bytes[first &+ 4]) &<< 32 : 0)
            | (first &+ 5 < count ? UInt64(bytes[first &+ 5]) &<< 40 : 0)
    }

    /// A word that has blanks from this byte on, so that bytes after the name's end count as plain.
    @inlinable
    @inline(__always)
    static func blanks(from count: Int) -> UInt64 {
        let blanks: UInt64 = 0x2020_2020_2020_2020
        return count <= 0 ? blanks : blanks &<< UInt64(truncatingIfNeeded: 8 &* min(count, 6))
    }

    /// Whether each of the eight bytes is printable ASCII, but neither a quote nor a backslash.
    @inlinable
    @inline(__always)
    static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let controls = word &- ones &* 0x20
        let quotes = (word ^ ones &* 0x22) &- ones
        let backslashes = (word ^ ones &* 0x5C) &- ones
        let deletes = (word ^ ones &* 0x7F) &- ones
        return (word | controls | quotes | backslashes | deletes) & (ones &* 0x80) == 0
    }

    @inlinable
    @inline(__always)
    init(_ literal: StaticString) {
        self.init(literal.utf8Start, literal.utf8CodeUnitCount)
    }

    static var element: LogFieldName { LogFieldName(low: 0, high: 1 << 63) }

    @usableFromInline var isElement: Bool { high == 1 << 63 }

    var isPacked: Bool { high >> 63 == 0 }

    /// Writes a packed name and returns the place after it. There must be room for 16 bytes.
    @inline(__always)
    func storePacked(at place: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let target = UnsafeMutableRawPointer(place)
        target.storeBytes(of: low, as: UInt64.self)
        target.storeBytes(of: high, toByteOffset: 8, as: UInt64.self)
        return place + (high == 0 ? 8 &- low.leadingZeroBitCount &>> 3 : 16 &- high.leadingZeroBitCount &>> 3)
    }

    var long: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(
            start: UnsafePointer(bitPattern: UInt(truncatingIfNeeded: low)),
            count: Int(truncatingIfNeeded: high & ~(1 << 63))
        )
    }

    /// One of 64 bits. Names with different bits differ; names with the same bit may be equal.
    var signature: UInt64 {
        isPacked ? packedSignature : 1 &<< (mixLong() &>> 58)
    }

    /// The signature of a packed name.
    @inline(__always)
    var packedSignature: UInt64 {
        1 &<< ((low &* 0x9E37_79B9_7F4A_7C15 ^ high &* 0xC2B2_AE3D_27D4_EB4F) &>> 58)
    }

    @inline(never)
    private func mixLong() -> UInt64 {
        long.reduce(0) { ($0 ^ UInt64($1)) &* 0x9E37_79B9_7F4A_7C15 }
    }
}
