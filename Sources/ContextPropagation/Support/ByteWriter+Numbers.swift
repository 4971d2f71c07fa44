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
        let target = place(64)
        if value < 10 {
            target.pointee = UInt8(truncatingIfNeeded: 48 &+ value)
            count &+= 1
            return
        }
        // Written from the end into the free bytes behind, then moved as three words: at most 20 digits.
        let end = target + 40
        var start = end
        var rest = value
        while rest >= 100 {
            let quotient = rest / 100
            start -= 2
            Self.pair(Int(truncatingIfNeeded: rest &- quotient &* 100), at: start)
            rest = quotient
        }
        if rest >= 10 {
            start -= 2
            Self.pair(Int(truncatingIfNeeded: rest), at: start)
        } else {
            start -= 1
            start.pointee = UInt8(truncatingIfNeeded: 48 &+ rest)
        }
        let digits = UnsafeRawPointer(start).loadUnaligned(as: (UInt64, UInt64, UInt64).self)
        UnsafeMutableRawPointer(target).storeBytes(of: digits, as: (UInt64, UInt64, UInt64).self)
        count &+= end - start
    }

    /// Two digits, `value` below 100.
    @inlinable
    @inline(__always)
    package static func pair(_ value: Int, at target: UnsafeMutablePointer<UInt8>) {
        let pair = UnsafeRawPointer(digitPairs.utf8Start).loadUnaligned(fromByteOffset: 2 &* value, as: UInt16.self)
        UnsafeMutableRawPointer(target).storeBytes(of: pair, as: UInt16.self)
    }

    /// Six digits, `value` below 1,000,000.
    @inlinable
    package static func six(_ value: Int, at target: UnsafeMutablePointer<UInt8>) {
        let high = value / 10_000
        let low = value &- high &* 10_000
        let middle = low / 100
        pair(high, at: target)
        pair(middle, at: target + 2)
        pair(low &- middle &* 100, at: target + 4)
    }

    /// The shortest decimal that reads back as `value`; a NaN or an infinity, which JSON has no number for, as a string.
    package mutating func append(json value: Double) {
        // A decimal of at most 15 digits that reads back is the shortest one: no other so short is as near. So what has
        // at most six digits after its point (a duration in microseconds) takes a multiplication and a division.
        let magnitude = value.magnitude
        if magnitude < 1e9, magnitude >= 1e-4 {
            let scaled = (magnitude * 1e6).rounded(.toNearestOrEven)
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
        if negative { append(UInt8(ascii: "-")) }
        let whole = micros / 1_000_000
        append(decimal: whole)
        let target = place(8)
        target[0] = UInt8(ascii: ".")
        Self.six(Int(truncatingIfNeeded: micros &- whole &* 1_000_000), at: target + 1)
        var length = 7
        while length > 2, target[length &- 1] == 48 { length &-= 1 }
        count &+= length
    }
}
