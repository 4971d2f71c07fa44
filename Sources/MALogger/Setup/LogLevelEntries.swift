internal import ContextLog

/// The entries of `LOG_LEVELS`: `pipeline.inference=debug,kafka=warning`.
struct LogLevelEntries {
    private(set) var prefixes: [String: LogLevel] = [:]
    private var malformed: [String] = []
    private var unmatchable: [String] = []

    init(_ text: String) {
        for entry in text.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { Self.trimmed($0) }
            if parts == [""] { continue }
            guard parts.count == 2, !parts[0].isEmpty, let level = LogLevel(parts[1]) else {
                malformed.append(String(Substring(entry)))
                continue
            }
            if Self.isUnmatchable(parts[0]) { unmatchable.append(String(Substring(entry))) }
            prefixes[parts[0]] = level
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

    /// A prefix is compared with whole components of a label. No label has an asterisk or an empty component.
    static func isUnmatchable(_ prefix: String) -> Bool {
        prefix.utf8.contains(UInt8(ascii: "*"))
            || prefix.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).contains { $0.isEmpty }
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        let space = UInt8(ascii: " ")
        return String(decoding: text.drop { $0 == space }.reversed().drop { $0 == space }.reversed(), as: UTF8.self)
    }
}
