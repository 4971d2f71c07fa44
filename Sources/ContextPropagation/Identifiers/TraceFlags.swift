/// The flags of a trace: one byte of `traceparent`.
///
/// A trace that starts in this process has the flags `01`, or `00` if it is not sampled. The random flag of a received
/// trace is passed on. It is not set on new traces, because some readers discard a trace with any other flags than
/// `00` and `01`.
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
