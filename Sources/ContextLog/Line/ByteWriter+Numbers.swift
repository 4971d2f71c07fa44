@usableFromInline package let digitPairs: StaticString = """
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
    """

extension ByteWriter {
    package mutating func append(decimal value: Int) {
        if value < 0 {
            append(UInt8(ascii: "-"))
        }
        append(decimal: UInt(value.magnitude))
    }

    package mutating func append(decimal value: UInt) {
        let target = place(32)
        count &+= Self.write(value, to: target)
    }

    /// Writes the digits from the first one on, two at a time, and returns their number: at most 20.
    @inline(__always)
    private static func write(_ value: UInt, to target: UnsafeMutablePointer<UInt8>) -> Int {
        if _fastPath(value < 10_000) { return write(belowTenThousand: value, to: target) }
        return write(long: value, to: target)
    }

    @inline(__always)
    private static func write(belowTenThousand value: UInt, to target: UnsafeMutablePointer<UInt8>) -> Int {
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

    private static func write(long value: UInt, to target: UnsafeMutablePointer<UInt8>) -> Int {
        var count: Int
        if value < 100_000_000 {
            let high = value / 10_000
            count = write(belowTenThousand: high, to: target)
            four(value &- high &* 10_000, at: target + count)
            return count &+ 4
        }
        let high = value / 100_000_000
        let low = value &- high &* 100_000_000
        count = high < 10_000 ? write(belowTenThousand: high, to: target) : write(long: high, to: target)
        four(low / 10_000, at: target + count)
        four(low % 10_000, at: target + count + 4)
        return count &+ 8
    }

    /// Writes four digits of a value below 10,000.
    @inline(__always)
    private static func four(_ value: UInt, at target: UnsafeMutablePointer<UInt8>) {
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

    /// Writes six digits of a value below 1,000,000.
    @inlinable
    package static func six(_ value: Int, at target: UnsafeMutablePointer<UInt8>) {
        let high = value / 10_000
        let low = value &- high &* 10_000
        let middle = low / 100
        pair(high, at: target)
        pair(middle, at: target + 2)
        pair(low &- middle &* 100, at: target + 4)
    }

    /// Appends the shortest decimal that reads back as `value`. JSON has no number for a NaN or an infinity: they are
    /// strings.
    package mutating func append(json value: Double) {
        // A decimal of at most 15 digits that reads back is the shortest one, because no other so short one is as near.
        // So a value with at most six digits after the point, such as a duration in microseconds, takes a
        // multiplication and a division.
        let magnitude = value.magnitude
        if magnitude < 1e9, magnitude >= 1e-4 {
            // Adding and subtracting 1.5 * 2^52 rounds to the nearest integer. The library's function is a call.
            let scaled = magnitude * 1e6 + 0x1.8p52 - 0x1.8p52
            if scaled / 1e6 == magnitude {
                append(micros: UInt(scaled), negative: value < 0)
                return
            }
        }
        guard value.isFinite else {
            append(UInt8(ascii: "\""))
            append(utf8: value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
            append(UInt8(ascii: "\""))
            return
        }
        append(utf8: value.description)
    }

    package mutating func append(json value: Float) {
        guard value.isFinite else {
            append(json: Double(value))
            return
        }
        append(utf8: value.description)
    }

    @inline(__always)
    private mutating func append(micros: UInt, negative: Bool) {
        let target = place(40)
        target.pointee = UInt8(ascii: "-")
        var length = negative ? 1 : 0
        let whole = micros / 1_000_000
        length &+= Self.write(whole, to: target + length)
        target[length] = UInt8(ascii: ".")
        Self.six(Int(truncatingIfNeeded: micros &- whole &* 1_000_000), at: target + length + 1)
        let shortest = length &+ 2
        length &+= 7
        while length > shortest, target[length &- 1] == 48 { length &-= 1 }
        count &+= length
    }
}
