public import ContextLog

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Writes the whole text of the URL, without its user and its password: `"https://REDACTED:REDACTED@example.com/a"`.
///
///     log.info("image fetched") { $0.url = image.url }
///
/// A relative URL is resolved against its base. Percent encoding stays as it is. Secrets in the query stay too: log
/// `url.path` if the query has any.
///
/// Specification: [OpenTelemetry,
/// `url.full`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/).
extension URL: LogValue {
    public func write(to field: borrowing LogField) {
        field.set(Self.withoutCredentials(absoluteString))
    }

    /// Replaces everything in front of the `@` of the authority. RFC 3986, section 3.2: the authority is between `//`
    /// and the next slash, question mark or number sign. An address such as `jdbc:postgresql://ana@host/a` has another
    /// URL behind its scheme.
    private static func withoutCredentials(_ text: String) -> String {
        let bytes = text.utf8
        let slash = UInt8(ascii: "/")
        var slashes = bytes.startIndex
        repeat {
            guard let next = bytes[slashes...].firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == slash }) else {
                return text
            }
            slashes = bytes[next] == slash ? next : bytes.index(after: next)
        } while slashes < bytes.endIndex && bytes[slashes] != slash
        guard bytes[slashes...].starts(with: "//".utf8) else { return text }
        let start = bytes.index(slashes, offsetBy: 2)
        let end =
            bytes[start...].firstIndex { $0 == slash || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
            ?? bytes.endIndex
        guard let at = bytes[start..<end].lastIndex(of: UInt8(ascii: "@")) else { return text }
        let hasPassword = bytes[start..<at].contains(UInt8(ascii: ":"))
        return text[..<start] + (hasPassword ? "REDACTED:REDACTED" : "REDACTED") + text[at...]
    }
}
