/// What to make of several headers of one name, where the format has one. (`tracestate` and `baggage` always combine all of
/// theirs.) A null value counts as no header.
public enum HeaderDuplicates: Sendable {
    /// The last one is read, valid or not, as Kafka's own clients do. The default.
    case last
    /// None is read: a new trace starts, as W3C Trace Context asks for HTTP.
    case restart
    /// The first one is read.
    case first
}
