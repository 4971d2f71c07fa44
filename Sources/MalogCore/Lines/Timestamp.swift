/// The time of a line, with a precision of microseconds or better.
package struct Timestamp: Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z: at least 0, and before the year 2200, so that differences fit.
    package let nanoseconds: Int64

    /// - Parameter nanoseconds: A number out of the range becomes the nearest one in it.
    package init(nanoseconds: Int64) {
        self.nanoseconds = min(max(nanoseconds, 0), 7_258_118_399_999_999_999)
    }

    package static func < (one: Timestamp, other: Timestamp) -> Bool { one.nanoseconds < other.nanoseconds }

    /// Reads `2026-01-31T23:59:59.123456Z`, with up to nine digits after the point, or none.
    package init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count >= 20, text.count <= 30 else { return nil }
        func number(_ first: Int, _ count: Int) -> Int64? {
            var value: Int64 = 0
            for index in first..<first + count {
                let digit = text[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value * 10 + Int64(digit)
            }
            return value
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2), text[4] == UInt8(ascii: "-"),
            text[7] == UInt8(ascii: "-"), text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"),
            text[16] == UInt8(ascii: ":"), text[text.count - 1] == UInt8(ascii: "Z"), year >= 1970, year < 2200,
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        var fraction: Int64 = 0
        if text.count > 20 {
            let digits = text.count - 21
            guard text[19] == UInt8(ascii: "."), digits > 0, let value = number(20, digits) else { return nil }
            fraction = (digits..<9).reduce(value) { product, _ in product * 10 }
        }
        let seconds = Self.daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        nanoseconds = seconds * 1_000_000_000 + fraction
    }

    package init?(_ text: String) {
        var text = text
        guard let time = text.withUTF8({ Timestamp($0) }) else { return nil }
        self = time
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Counts from March on, so that the day of a leap year comes last. A cycle of 400 years has 146,097 days.
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let cycle = shifted / 400
        let yearOfCycle = shifted % 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - 719_468
    }

    /// The parts of the time in UTC.
    private var parts: (days: Int64, seconds: Int64, fraction: Int64) {
        let seconds = nanoseconds / 1_000_000_000
        let days = seconds / 86_400
        return (days, seconds - days * 86_400, nanoseconds - seconds * 1_000_000_000)
    }

    /// `2026-01-31`
    package var date: String {
        let shifted = parts.days + 719_468
        let cycle = shifted / 146_097
        let dayOfCycle = shifted - cycle * 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
        return "\(year)-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    }

    /// `23:59:59.123456`
    package var timeOfDay: String {
        let seconds = parts.seconds
        return "\(Self.padded(seconds / 3600, 2)):\(Self.padded(seconds / 60 % 60, 2)):\(Self.padded(seconds % 60, 2))"
            + ".\(Self.padded(parts.fraction / 1000, 6))"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
