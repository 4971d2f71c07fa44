/// The flags of a trace as they travel in `traceparent`: one byte.
///
/// Specification: [W3C Trace Context Level 2, section 3.2.2.5](https://www.w3.org/TR/trace-context-2/#trace-flags).
public struct TraceFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The caller may have recorded the trace.
    public static let sampled = TraceFlags(rawValue: 1)

    /// At least the last seven bytes of the trace ID are random.
    public static let random = TraceFlags(rawValue: 2)
}

extension TraceFlags: CustomStringConvertible {
    /// Two lower-case hex digits.
    public var description: String {
        String(decoding: [Hex.digit(UInt64(rawValue >> 4)), Hex.digit(UInt64(rawValue & 15))], as: UTF8.self)
    }
}
