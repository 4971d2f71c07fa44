public import ContextLog

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Writes the bytes in base64 with padding: `"aGVsbG8="`.
///
///     log.debug("frame header") { $0.header = data.prefix(16) }
///
/// All bytes are written, but a value that takes the fields of a call beyond 16 MiB is left out. Log `data.count` or a
/// prefix of long data.
///
/// Specification: [RFC 4648, section 4](https://www.rfc-editor.org/rfc/rfc4648#section-4).
extension Data: LogValue {
    public func write(to field: borrowing LogField) { field.set(base64EncodedString()) }
}
