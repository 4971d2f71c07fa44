/// The lowest level at which lines are logged, by label.
///
///     Log.levels = LogLevels(.info, ["pipeline.inference": .debug, "kafka": .warning])
public struct LogLevels: Hashable, Sendable {
    /// The level of a label without a matching prefix.
    public var base: LogLevel

    /// Levels by label prefix. A prefix ends at a dot or at the end of the label. The longest one counts.
    public var prefixes: [String: LogLevel]

    /// Makes levels from one for every label, and those of prefixes.
    public init(_ base: LogLevel = .info, _ prefixes: [String: LogLevel] = [:]) {
        self.base = base
        self.prefixes = prefixes
    }

    /// The lowest level at which lines of this label are logged.
    public func level(for label: String) -> LogLevel {
        if prefixes.isEmpty { return base }
        var candidate = Substring(label)
        while true {
            // Strings can be equal although their bytes differ: labels are compared byte by byte.
            if let index = prefixes.index(forKey: String(candidate)),
                prefixes[index].key.utf8.elementsEqual(candidate.utf8)
            {
                return prefixes[index].value
            }
            guard let dot = candidate.utf8.lastIndex(of: UInt8(ascii: ".")) else { return base }
            candidate = candidate[..<dot]
        }
    }
}

extension LogLevels: CustomStringConvertible {
    /// The level of all labels, and those of the prefixes in order: `INFO, kafka=WARNING`. A `LOG_LEVELS_FILE` may have
    /// this text.
    public var description: String {
        ([base.description] + prefixes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
            .joined(separator: ", ")
    }
}
