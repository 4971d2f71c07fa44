/// A second of UTC in the proleptic Gregorian calendar, in the years 0 to 9999. RFC 3339 has no other years.
package struct CalendarSecond {
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int

    /// - Parameter seconds: The seconds since 1970-01-01T00:00:00Z. Outside the years 0 to 9999, the nearest second of
    ///   them is used.
    package init(_ seconds: Int) {
        let seconds = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let days = (seconds < 0 ? seconds - 86_399 : seconds) / 86_400
        let rest = seconds - days * 86_400
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
        // These years begin in March, so that a leap day is their last day. An era has 400 of them.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Writes the 19 bytes of `2026-11-22T07:50:00`.
    package func write(to target: UnsafeMutablePointer<UInt8>) {
        ByteWriter.pair(year / 100, at: target)
        ByteWriter.pair(year % 100, at: target + 2)
        target[4] = UInt8(ascii: "-")
        ByteWriter.pair(month, at: target + 5)
        target[7] = UInt8(ascii: "-")
        ByteWriter.pair(day, at: target + 8)
        target[10] = UInt8(ascii: "T")
        ByteWriter.pair(hour, at: target + 11)
        target[13] = UInt8(ascii: ":")
        ByteWriter.pair(minute, at: target + 14)
        target[16] = UInt8(ascii: ":")
        ByteWriter.pair(second, at: target + 17)
    }

    /// Writes the 26 bytes of `2026-11-22T07:50:00.123456`.
    package func write(microseconds: Int, to target: UnsafeMutablePointer<UInt8>) {
        write(to: target)
        target[19] = UInt8(ascii: ".")
        ByteWriter.six(microseconds, at: target + 20)
    }
}
