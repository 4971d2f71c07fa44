/// What tracing systems along the way added to a trace: an ordered list of keys and values, passed on as it came.
///
/// Specification: [W3C Trace Context Level 2, section 3.3](https://www.w3.org/TR/trace-context-2/#tracestate-header).
public struct TraceState: Hashable, Sendable {
    /// One vendor's entry.
    public struct Member: Hashable, Sendable {
        public let key: String
        public let value: String
    }

    /// The entries, the newest first; at most 32.
    public let members: [Member]

    package init(members: [Member]) {
        self.members = members
    }
}
