/// How to read a header that appears more than once in a format that allows it only once.
///
/// The rule does not apply to `tracestate` and `baggage`: all of their headers are combined. A null value counts as no
/// header.
public struct HeaderDuplicates: Hashable, Sendable {
    enum Rule: Hashable {
        case last
        case restart
        case first
    }

    let rule: Rule

    /// The last header is read, even if it is not valid, as Kafka's own clients do. This is the default.
    public static let last = HeaderDuplicates(rule: .last)
    /// None of the headers of that name is read, as W3C Trace Context requires for HTTP. A new trace starts, unless
    /// another header that the codecs read has a trace.
    public static let restart = HeaderDuplicates(rule: .restart)
    /// The first header is read.
    public static let first = HeaderDuplicates(rule: .first)
}

extension HeaderDuplicates: CustomStringConvertible {
    /// `last`, `restart` or `first`.
    public var description: String { "\(rule)" }
}
