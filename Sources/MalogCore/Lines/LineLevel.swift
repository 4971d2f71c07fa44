/// The level of a line.
package enum LineLevel: UInt8, CaseIterable, Comparable, Sendable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical

    package static func < (one: LineLevel, other: LineLevel) -> Bool { one.rawValue < other.rawValue }

    package var name: StaticString {
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

    /// Reads a level's name, in upper case, or in lower case as Datadog has it.
    @inline(__always)
    package init?(_ bytes: UnsafeBufferPointer<UInt8>, isLowerCase: Bool = false) {
        guard let first = bytes.first else { return nil }
        let candidate: LineLevel
        switch first & 0xDF {
        case UInt8(ascii: "I"): candidate = .info
        case UInt8(ascii: "D"): candidate = .debug
        case UInt8(ascii: "W"): candidate = .warning
        case UInt8(ascii: "E"): candidate = .error
        case UInt8(ascii: "N"): candidate = .notice
        case UInt8(ascii: "T"): candidate = .trace
        case UInt8(ascii: "C"): candidate = .critical
        default: return nil
        }
        let name = candidate.name
        guard bytes.count == name.utf8CodeUnitCount else { return nil }
        let difference: UInt8 = isLowerCase ? 0x20 : 0
        for index in 0..<bytes.count where bytes[index] ^ difference != name.utf8Start[index] { return nil }
        self = candidate
    }

    /// Reads a level as people write it: in any case, and `WARN` and `FATAL` too.
    package init?(argument: String) {
        switch argument.uppercased() {
        case "WARN": self = .warning
        case "FATAL": self = .critical
        case let text:
            guard let level = Self.allCases.first(where: { "\($0.name)" == text }) else { return nil }
            self = level
        }
    }

    /// The colour of the level on a terminal.
    package var color: StaticString {
        switch self {
        case .trace, .debug: "90"
        case .info: "32"
        case .notice: "34"
        case .warning: "33"
        case .error: "31"
        case .critical: "1;31"
        }
    }
}
