/// The result of ``setupLogging()``.
public struct LoggingSetup: Sendable {
    /// Whether this call set logging up. False for every later call, which changes nothing.
    public let isFirst: Bool

    /// The problems that the call found, each with the text of its `WARNING` line. They are here even if no sink works.
    public let problems: [String]
}
