internal import CMALoggerShims

/// A signal that asks a process to end.
public struct TerminationSignal: Hashable, Sendable, CustomStringConvertible {
    /// The number of the signal. A shell reports `128 + number` for a process that the signal ended.
    public let number: Int32

    private init(number: Int32) {
        self.number = number
    }

    /// SIGTERM, which orchestrators send before they kill a process.
    public static let terminate = TerminationSignal(number: malogc_sigterm)

    /// SIGINT, which a terminal sends for Control-C.
    public static let interrupt = TerminationSignal(number: malogc_sigint)

    static let all = [terminate, interrupt]

    /// The name, as in `SIGTERM`.
    public var description: String { self == .terminate ? "SIGTERM" : "SIGINT" }
}
