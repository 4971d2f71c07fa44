/// An identifier out of an environment variable or a plain header.
package enum PlainIdentifier: Equatable, Sendable {
    /// 32 hex digits or a UUID, in either case.
    case trace(TraceID)
    /// Any other text, kept as it came.
    case correlation(String)

    package static let maximumLength = 256

    /// Nil where the text is no identifier: empty, all zeros, or faulty.
    package init?(_ text: String) {
        guard !text.isEmpty, Self.fault(of: text) == nil else { return nil }
        if let traceID = TraceID(text) {
            self = .trace(traceID)
        } else if Self.isZero(text) {
            return nil
        } else {
            self = .correlation(text)
        }
    }

    /// Why the text cannot stand on a line or in a header, nil where it can.
    package static func fault(of text: String) -> String? {
        if text.utf8.count > maximumLength { return "over \(maximumLength) bytes long" }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "holds a control character"
        }
        return nil
    }

    /// Whether it is the zero trace, written as 32 digits or as a UUID.
    private static func isZero(_ text: String) -> Bool {
        (text.utf8.count == 32 || text.utf8.count == 36) && text.utf8.allSatisfy { $0 == 48 || $0 == 45 }
    }
}
