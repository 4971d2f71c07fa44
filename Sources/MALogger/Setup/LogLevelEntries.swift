internal import ContextLog
internal import ContextPropagation

/// The entries of `LOG_LEVELS`: `pipeline.inference=debug,kafka=warning`.
struct LogLevelEntries {
    private(set) var prefixes: [String: LogLevel] = [:]
    private var malformed: [String] = []
    private var unmatchable: [String] = []

    init(_ text: String) {
        for bytes in text.utf8.split(separator: UInt8(ascii: ",")) where !String(trimming: bytes).isEmpty {
            let text = String(Substring(bytes))
            guard let entry = LevelEntry(bytes) else {
                malformed.append(text)
                continue
            }
            if entry.isUnmatchable { unmatchable.append(text) }
            prefixes[entry.prefix] = entry.level
        }
    }

    /// A sentence for each entry that cannot be used, or one for all of them if there are many.
    var problems: [String] {
        Self.sentences(about: malformed) {
            "LOG_LEVELS has the entry \($0), which is not a label prefix, an equals sign and a level; it is skipped. "
                + "Levels: \(LogLevel.names)"
        }
            + Self.sentences(about: unmatchable) {
                "LOG_LEVELS has the entry \($0), which no label matches. Write the beginning of a label up to a dot, as in "
                    + "pipeline.inference=debug; LOG_LEVEL is for all labels"
            }
    }

    private static func sentences(about entries: [String], _ sentence: (String) -> String) -> [String] {
        let most = 8
        if entries.count <= most { return entries.map { sentence(LogSettings.quote($0)) } }
        let first = entries.prefix(3).map { LogSettings.quote($0) }.joined(separator: ", ")
        return [sentence("\(first) and \(entries.count - 3) more")]
    }
}
