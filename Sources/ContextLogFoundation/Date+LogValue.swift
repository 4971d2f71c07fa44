public import ContextLog

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Writes the time in UTC with six fraction digits, in the form of the line's own `timestamp`:
/// `"2026-11-22T07:50:00.123456Z"`.
///
///     log.info("token renewed") { $0.expires = token.expiryDate }
///
/// The time is rounded to the nearest microsecond. RFC 3339 has only the years 0000 to 9999. For a date outside of
/// them, the text is the number of seconds since 1970-01-01T00:00:00Z, as in `"1e+20"`.
///
/// Specification: [RFC 3339, section 5.6](https://www.rfc-editor.org/rfc/rfc3339#section-5.6).
extension Date: LogValue {
    public func write(to field: borrowing LogField) {
        // The reference date is the exact one: a sum with a larger number loses microseconds.
        let whole = timeIntervalSinceReferenceDate.rounded(.down)
        let fraction = ((timeIntervalSinceReferenceDate - whole) * 1_000_000).rounded()
        let seconds = whole + Self.timeIntervalBetween1970AndReferenceDate + (fraction == 1_000_000 ? 1 : 0)
        guard seconds >= -62_167_219_200, seconds <= 253_402_300_799 else {
            return field.set(timeIntervalSince1970.description)
        }
        field.set(
            String(unsafeUninitializedCapacity: 40) { text in
                guard let start = text.baseAddress else { return 0 }
                let microseconds = fraction == 1_000_000 ? 0 : Int(fraction)
                CalendarSecond(Int(seconds)).write(microseconds: microseconds, to: start)
                start[26] = UInt8(ascii: "Z")
                return 27
            }
        )
    }
}
