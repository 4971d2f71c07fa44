@usableFromInline package let digitPairs: StaticString = """
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
    """

extension ByteWriter {
    package mutating func append(decimal value: Int) {
        end = Self.write(value, to: place(32))
    }

    package mutating func append(decimal value: UInt) {
        let target = place(32)
        end = target + Self.write(value, to: target)
    }

    /// Writes at most 20 bytes, and returns the place after them.
    @inline(__always)
    static func write(_ value: Int, to target: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        guard _slowPath(value < 0) else { return target + write(UInt(bitPattern: value), to: target) }
        target.pointee = UInt8(ascii: "-")
        return target + 1 + write(value.magnitude, to: target + 1)
    }

    /// Writes the digits from the first one on, two at a time, and returns their number: at most 20.
    @inline(__always)
    static func write(_ value: UInt, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if _fastPath(value < 100_000_000) {
            return write(belowHundredMillion: UInt32(truncatingIfNeeded: value), to: target)
        }
        return write(long: value, to: target)
    }

    // A processor divides 32 bits by a constant with fewer instructions than 64 bits.

    @inline(__always)
    static func write(belowHundredMillion value: UInt32, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if _fastPath(value < 10_000) { return write(belowTenThousand: value, to: target) }
        let high = value / 10_000
        let count = write(belowTenThousand: high, to: target)
        four(value &- high &* 10_000, at: target + count)
        return count &+ 4
    }

    @inline(__always)
    static func write(belowTenThousand value: UInt32, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if value < 100 {
            guard value >= 10 else {
                target.pointee = UInt8(truncatingIfNeeded: 48 &+ value)
                return 1
            }
            pair(Int(truncatingIfNeeded: value), at: target)
            return 2
        }
        let high = value / 100
        let low = Int(truncatingIfNeeded: value &- high &* 100)
        guard high >= 10 else {
            target.pointee = UInt8(truncatingIfNeeded: 48 &+ high)
            pair(low, at: target + 1)
            return 3
        }
        pair(Int(truncatingIfNeeded: high), at: target)
        pair(low, at: target + 2)
        return 4
    }

    @inline(never)
    private static func write(long value: UInt, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let high = value / 100_000_000
        let low = value &- high &* 100_000_000
        let count = write(high, to: target)
        four(UInt32(truncatingIfNeeded: low / 10_000), at: target + count)
        four(UInt32(truncatingIfNeeded: low % 10_000), at: target + count + 4)
        return count &+ 8
    }

    /// Writes four digits of a value below 10,000.
    @inline(__always)
    private static func four(_ value: UInt32, at target: UnsafeMutablePointer<UInt8>) {
        let high = value / 100
        pair(Int(truncatingIfNeeded: high), at: target)
        pair(Int(truncatingIfNeeded: value &- high &* 100), at: target + 2)
    }

    /// Writes two digits of a value below 100.
    @inlinable
    @inline(__always)
    package static func pair(_ value: Int, at target: UnsafeMutablePointer<UInt8>) {
        let pair = UnsafeRawPointer(digitPairs.utf8Start).loadUnaligned(fromByteOffset: 2 &* value, as: UInt16.self)
        UnsafeMutableRawPointer(target).storeBytes(of: pair, as: UInt16.self)
    }

    /// Six digits of a value below 1,000,000, the first one in the lowest byte. The two highest bytes are 0.
    @inlinable
    @inline(__always)
    package static func six(_ value: UInt32) -> UInt64 {
        let high = value / 10_000
        let low = value &- high &* 10_000
        let middle = low / 100
        return pair(high) | pair(middle) &<< 16 | pair(low &- middle &* 100) &<< 32
    }

    /// Two digits of a value below 100.
    @inlinable
    @inline(__always)
    static func pair(_ value: UInt32) -> UInt64 {
        let pairs = UnsafeRawPointer(digitPairs.utf8Start)
        let offset = Int(truncatingIfNeeded: 2 &* value)
        return UInt64(UInt16(littleEndian: pairs.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }

    /// Writes six digits of a value below 1,000,000.
    package static func six(_ value: Int, at target: UnsafeMutablePointer<UInt8>) {
        let digits = six(UInt32(truncatingIfNeeded: value))
        let target = UnsafeMutableRawPointer(target)
        target.storeBytes(of: UInt32(truncatingIfNeeded: digits), as: UInt32.self)
        target.storeBytes(of: UInt16(truncatingIfNeeded: digits &>> 32), toByteOffset: 4, as: UInt16.self)
    }

    /// Appends the shortest decimal that reads back as `value`. JSON has no number for a NaN or an infinity: they are
    /// strings.
    package mutating func append(json value: Double) {
        if let end = Self.write(value, to: place(40)) {
            self.end = end
        } else {
            append(long: value)
        }
    }

    /// Writes the shortest decimal that reads back as `value`, if it has at most six digits after the point. Returns
    /// the place after it, or nil for any other value. There must be room for 40 bytes.
    @inline(__always)
    static func write(_ value: Double, to target: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8>? {
        // A decimal of at most 15 digits that reads back is the shortest one, because no other so short one is as near.
        // So a value with at most six digits after the point, such as a duration in microseconds, takes a
        // multiplication and a division.
        let magnitude = value.magnitude
        guard _fastPath(magnitude < 1e8 && magnitude >= 1e-4) else { return nil }
        // Adding 1.5 * 2^52 rounds to the nearest integer, and leaves it in the low bits. The library's function is a
        // call.
        let shifted = magnitude * 1e6 + 0x1.8p52
        guard _fastPath((shifted - 0x1.8p52) / 1e6 == magnitude) else { return nil }
        let micros = UInt(truncatingIfNeeded: shifted.bitPattern &- (0x1.8p52).bitPattern)
        let whole = micros / 1_000_000
        target.pointee = UInt8(ascii: "-")
        var end = target + Int(truncatingIfNeeded: value.bitPattern &>> 63)
        end += write(belowHundredMillion: UInt32(truncatingIfNeeded: whole), to: end)
        // The point, the digits behind it without zeros at their end, and at least one digit.
        let digits = six(UInt32(truncatingIfNeeded: micros &- whole &* 1_000_000))
        let zeros = (digits ^ 0x3030_3030_3030 | 1).leadingZeroBitCount
        UnsafeMutableRawPointer(end).storeBytes(of: digits &<< 8 | UInt64(UInt8(ascii: ".")), as: UInt64.self)
        return end + (9 &- zeros &>> 3)
    }

    /// Appends a value for which `write(_:to:)` returns nil.
    @inline(never)
    mutating func append(long value: Double) {
        guard value.isFinite else {
            append(UInt8(ascii: "\""))
            append(utf8: value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
            append(UInt8(ascii: "\""))
            return
        }
        appendDescription(of: value)
    }

    package mutating func append(json value: Float) {
        guard value.isFinite else {
            append(json: Double(value))
            return
        }
        appendDescription(of: value)
    }

    /// Appends the text of a number. A description of more than 15 bytes would be allocated.
    @inline(__always)
    private mutating func appendDescription(of value: some TextOutputStreamable) {
        var text = NumberText(end: place(NumberText.limit))
        value.write(to: &text)
        end = text.end
    }
}

/// Takes the text of a number from the standard library, which passes it on in one piece.
private struct NumberText: TextOutputStream {
    /// More than the text of any `Double`.
    static let limit = 64

    private(set) var end: UnsafeMutablePointer<UInt8>
    private var room = limit

    init(end: UnsafeMutablePointer<UInt8>) { self.end = end }

    mutating func write(_ string: String) {
        var string = string
        string.withUTF8 { _writeASCII($0) }
    }

    mutating func _writeASCII(_ buffer: UnsafeBufferPointer<UInt8>) {
        guard let start = buffer.baseAddress, buffer.count <= room else { return }
        end.update(from: start, count: buffer.count)
        end += buffer.count
        room -= buffer.count
    }
}
