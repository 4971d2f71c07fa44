internal import ContextLog
internal import ContextPropagation

/// An entry of `LOG_LEVELS`, or of a `LOG_LEVELS_FILE`: `kafka=warning`.
struct LevelEntry {
    let prefix: String
    let level: LogLevel

    /// Nil if the bytes are not a label prefix, an equals sign and a level.
    init?(_ bytes: some Collection<UInt8>) {
        let parts = bytes.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let level = LogLevel(String(trimming: parts[1])) else { return nil }
        prefix = String(trimming: parts[0])
        self.level = level
        if prefix.isEmpty { return nil }
    }

    /// Whether no label matches. A prefix is compared with whole components of a label. No label has an asterisk or an
    /// empty component.
    var isUnmatchable: Bool {
        prefix.utf8.contains(UInt8(ascii: "*"))
            || prefix.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).contains { $0.isEmpty }
    }
}
