private let digitPairs: StaticString = """
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
        if value < 10 {
            append(UInt8(truncatingIfNeeded: 48 + value))
            return
        }
        let pairs = digitPairs.utf8Start
        var length = 1
        var bound: UInt = 10
        while value >= bound {
            length += 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        let target = place(20)
        var position = length
        var rest = value
        while rest >= 100 {
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            rest = quotient
            position -= 2
            target[position] = pairs[Int(2 * pair)]
            target[position + 1] = pairs[Int(2 * pair + 1)]
        }
        if rest >= 10 {
            target[0] = pairs[Int(2 * rest)]
            target[1] = pairs[Int(2 * rest + 1)]
        } else {
            target[0] = UInt8(truncatingIfNeeded: 48 + rest)
        }
        count &+= length
    }

    /// Two digits, `value` below 100.
    @inlinable
    @inline(__always)
    package static func pair(_ value: Int, at target: UnsafeMutablePointer<UInt8>) {
        target[0] = UInt8(truncatingIfNeeded: 48 + value / 10)
        target[1] = UInt8(truncatingIfNeeded: 48 + value % 10)
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

    private mutating func append(micros: UInt, negative: Bool) {
        if negative { append(UInt8(ascii: "-")) }
        let (whole, fraction) = micros.quotientAndRemainder(dividingBy: 1_000_000)
        append(decimal: whole)
        let target = place(7)
        target[0] = UInt8(ascii: ".")
        Self.pair(Int(fraction / 10_000), at: target + 1)
        Self.pair(Int(fraction / 100 % 100), at: target + 3)
        Self.pair(Int(fraction % 100), at: target + 5)
        var length = 7
        while length > 2, target[length - 1] == 48 { length -= 1 }
        count &+= length
    }
}
