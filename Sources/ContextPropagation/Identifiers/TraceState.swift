/// The entries that tracing systems added to a trace: an ordered list of keys and values that is passed on unchanged.
///
/// Specification: [W3C Trace Context Level 2, section 3.3](https://www.w3.org/TR/trace-context-2/#tracestate-header).
public struct TraceState: Hashable, Sendable {
    /// The entry of one tracing system.
    public struct Member: Hashable, Sendable {
        /// The key of the tracing system.
        public let key: String
        /// Its value, as it was received.
        public let value: String
    }

    /// The value of a `tracestate` header with these entries, without white space around them.
    public let headerValue: String

    init(validated headerValue: String) {
        self.headerValue = headerValue
    }

    /// Reads the value of a header. The result is nil if any part is faulty, if the value exceeds a limit (32 members,
    /// 8192 bytes) or if it is empty.
    public init?(_ headerValue: String) {
        var reading = TraceStateReading()
        reading.read(headerValue.utf8.span)
        guard let state = reading.result else { return nil }
        self = state
    }

    /// The entries, the newest first. There are at most 32.
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
