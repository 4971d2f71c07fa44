internal import ContextLog

/// The text of a `LOG_LEVELS_FILE`: the level of all labels, and levels by label prefix.
///
///     # for the night of the 26th
///     info
///     pipeline.inference=debug, kafka=warning
///
/// Each line has entries with commas between them, as in `LOG_LEVELS`. An entry that is only a level is for all other
/// labels. A line that begins with `#` is a comment.
struct LevelsFileText {
    private(set) var levels: LogLevels

    /// The first entry that cannot be used, as the end of a sentence about the file, or nil.
    private(set) var fault: String?

    /// - Parameter base: The level of the labels without an entry.
    init(_ text: some Collection<UInt8>, base: LogLevel) {
        levels = LogLevels(base)
        for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if Self.trimmed(line).hasPrefix("#") { continue }
            for entry in line.split(separator: UInt8(ascii: ",")) where !Self.trimmed(entry).isEmpty {
                if take(Self.trimmed(entry)) { continue }
                fault =
                    "whose line \(index + 1) has the entry \(LogSettings.quote(Self.trimmed(entry))), which is neither "
                    + "a level nor a label prefix, an equals sign and a level; the levels stay as they are. "
                    + "Levels: \(LogLevel.names)"
                return
            }
        }
    }

    private mutating func take(_ entry: String) -> Bool {
        if let level = LogLevel(entry) {
            levels.base = level
            return true
        }
        let parts = entry.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let level = LogLevel(Self.trimmed(parts[1])) else { return false }
        let prefix = Self.trimmed(parts[0])
        guard !LogLevelEntries.isUnmatchable(prefix) else { return false }
        levels.prefixes[prefix] = level
        return true
    }

    private static func trimmed(_ bytes: some Collection<UInt8>) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        return String(decoding: bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed(), as: UTF8.self)
    }
}
