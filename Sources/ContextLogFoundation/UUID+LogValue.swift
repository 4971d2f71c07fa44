public import ContextLog

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Writes the 36 characters of the UUID in lower case: `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`.
///
///     log.info("order received") { $0.order = order.id }
///
/// Foundation's `uuidString` is in upper case. A search that compares texts finds an ID only if every service writes it
/// in the same case.
///
/// Specification: [RFC 9562, section 4](https://www.rfc-editor.org/rfc/rfc9562#section-4).
extension UUID: LogValue {
    public func write(to field: borrowing LogField) {
        field.set(
            String(unsafeUninitializedCapacity: 36) { text in
                var count = 0
                withUnsafeBytes(of: uuid) { bytes in
                    for (index, byte) in bytes.enumerated() {
                        if index == 4 || index == 6 || index == 8 || index == 10 {
                            text[count] = UInt8(ascii: "-")
                            count += 1
                        }
                        text[count] = Self.digit(byte >> 4)
                        text[count + 1] = Self.digit(byte & 0xF)
                        count += 2
                    }
                }
                return count
            }
        )
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
