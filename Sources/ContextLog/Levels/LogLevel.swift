/// How much a line matters.
public enum LogLevel: UInt8, CaseIterable, Sendable {
    /// Each step of a program, for following it in a debugger's detail.
    case trace
    /// What helps to find a fault.
    case debug
    /// What a service does in its ordinary course.
    case info
    /// Ordinary, and worth noticing.
    case notice
    /// Wrong, and nothing failed for it.
    case warning
    /// A piece of work failed.
    case error
    /// The service cannot do its work.
    case critical
}

extension LogLevel: Comparable {
    @inlinable
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

extension LogLevel: CustomStringConvertible, LosslessStringConvertible {
    /// The name as it stands on a line: `TRACE` to `CRITICAL`.
    public var description: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO"
        case .notice: "NOTICE"
        case .warning: "WARNING"
        case .error: "ERROR"
        case .critical: "CRITICAL"
        }
    }

    /// Reads a name in any case; `WARN` and `FATAL` too.
    public init?(_ text: String) {
        // Only ASCII has a case here: a dotless i in upper case is an I.
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        switch text.uppercased() {
        case "WARN": self = .warning
        case "FATAL": self = .critical
        case let name:
            guard let level = Self.allCases.first(where: { $0.description == name }) else { return nil }
            self = level
        }
    }
}
