/// What tracing systems along the way added to a trace: an ordered list of keys and values, passed on as it came.
///
/// Specification: [W3C Trace Context Level 2, section 3.3](https://www.w3.org/TR/trace-context-2/#tracestate-header).
public struct TraceState: Hashable, Sendable {
    /// One vendor's entry.
    public struct Member: Hashable, Sendable {
        public let key: String
        public let value: String
    }

    /// The value of a `tracestate` header that says the same, without white space around its members.
    public let headerValue: String

    init(validated headerValue: String) {
        self.headerValue = headerValue
    }

    /// Reads a header's value. Nil where it is faulty in any part, over its limits (32 members, 8192 bytes) or empty.
    public init?(_ headerValue: String) {
        var reading = TraceStateReading()
        reading.read(headerValue.utf8.span)
        guard let state = reading.result else { return nil }
        self = state
    }

    /// The entries, the newest first; at most 32.
    public var members: [Member] {
        headerValue.utf8.split(separator: UInt8(ascii: ",")).map { member in
            let parts = member.split(separator: UInt8(ascii: "="), maxSplits: 1)
            return Member(key: String(Substring(parts[0])), value: String(Substring(parts[1])))
        }
    }

    /// The newest value under a key.
    public subscript(key: String) -> String? {
        members.first { $0.key == key }?.value
    }
}

extension TraceState: CustomStringConvertible {
    /// The same as ``headerValue``.
    public var description: String { headerValue }
}
