/// Which lines are let through: from which level on, by label.
///
///     Log.levels = LogLevels(.info, ["pipeline.inference": .debug, "kafka": .warning])
public struct LogLevels: Hashable, Sendable {
    /// The level of every label that no prefix names.
    public var base: LogLevel

    /// Levels by label prefix. A prefix ends at a dot or at the label's end; the longest one wins.
    public var prefixes: [String: LogLevel]

    public init(_ base: LogLevel = .info, _ prefixes: [String: LogLevel] = [:]) {
        self.base = base
        self.prefixes = prefixes
    }

    /// The level from which on lines of this label are let through.
    public func level(for label: String) -> LogLevel {
        if prefixes.isEmpty { return base }
        var candidate = Substring(label)
        while true {
            if let level = prefixes[String(candidate)] { return level }
            guard let dot = candidate.utf8.lastIndex(of: UInt8(ascii: ".")) else { return base }
            candidate = candidate[..<dot]
        }
    }
}
