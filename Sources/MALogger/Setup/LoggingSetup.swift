/// What ``setupLogging()`` did.
public struct LoggingSetup: Sendable {
    /// Whether this call set logging up. False for every later call, which changes nothing.
    public let isFirst: Bool

    /// What could not be used of the environment, each in the words of the `WARNING` line that reported it.
    public let problems: [String]
}
