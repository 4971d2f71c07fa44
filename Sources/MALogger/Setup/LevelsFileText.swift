internal import ContextLog
internal import ContextPropagation

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
            if String(trimming: line).hasPrefix("#") { continue }
            for bytes in line.split(separator: UInt8(ascii: ",")) {
                let text = String(trimming: bytes)
                if text.isEmpty || take(text) { continue }
                fault =
                    "whose line \(index + 1) has the entry \(LogSettings.quote(text)), which is neither "
                    + "a level nor a label prefix, an equals sign and a level; the levels stay as they are. "
                    + "Levels: \(LogLevel.names)"
                return
            }
        }
    }

    private mutating func take(_ text: String) -> Bool {
        if let level = LogLevel(text) {
            levels.base = level
            return true
        }
        guard let entry = LevelEntry(text.utf8), !entry.isUnmatchable else { return false }
        levels.prefixes[entry.prefix] = entry.level
        return true
    }
}
