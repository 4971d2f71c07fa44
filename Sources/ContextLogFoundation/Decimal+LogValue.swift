public import ContextLog

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Writes a number if every reader of JSON gets the same decimal from it, and a text otherwise: `19.99`, but
/// `"12345678901234567.89"`.
///
///     log.info("order paid") { $0.total = order.total }
///
/// Most readers of JSON take a number as a binary one of 64 bits, which keeps 15 significant digits of a decimal. A
/// decimal with more digits is written as a text, so that no digit is lost. A NaN is the text `"NaN"`.
///
/// Specification: [RFC 8259, section 6](https://www.rfc-editor.org/rfc/rfc8259#section-6).
extension Decimal: LogValue {
    public func write(to field: borrowing LogField) {
        let text = description
        guard isFinite, Self.significantDigits(text) <= 15, let number = Double(text) else { return field.set(text) }
        if let whole = Int(text) {
            field.set(whole)
        } else {
            field.set(number)
        }
    }

    /// The number of digits without the zeros in front of the first other digit, and without those at the end.
    private static func significantDigits(_ text: String) -> Int {
        let zero = UInt8(ascii: "0")
        let digits = text.utf8.filter { $0 >= zero && $0 <= UInt8(ascii: "9") }.drop { $0 == zero }
        return digits.reversed().drop { $0 == zero }.count
    }
}
