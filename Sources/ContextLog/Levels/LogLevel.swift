/// The severity of a line.
public enum LogLevel: UInt8, CaseIterable, Sendable {
    /// Single steps of the program, in the detail of a debugger.
    case trace
    /// Details that help to find a fault.
    case debug
    /// The ordinary work of a service.
    case info
    /// An ordinary event that an operator should notice.
    case notice
    /// A problem that made no work fail.
    case warning
    /// A piece of work failed.
    case error
    /// The service cannot do its work.
    case critical
}

extension LogLevel {
    /// The names of all levels, with commas between them.
    package static var names: String { allCases.map(\.description).joined(separator: ", ") }
}

extension LogLevel: Comparable {
    @inlinable
    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

extension LogLevel: CustomStringConvertible, LosslessStringConvertible {
    /// The name on a line: `TRACE` to `CRITICAL`.
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

    /// Reads a name in any case. `WARN` means ``warning`` and `FATAL` means ``critical``. The result is nil for any
    /// other text.
    public init?(_ text: String) {
        // Names are ASCII. In upper case, a dotless i would become an I.
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
