internal import ContextPropagation

/// The entries of `LOG_REDACT`. Each is a name or a path, as parts between dots. In a part, `*` stands for any text.
struct RedactionRules: Sendable, Equatable {
    /// One part of a rule.
    struct Part: Equatable {
        let start: Int
        let count: Int
        let hasAsterisk: Bool
    }

    /// The bytes of all parts, in lower case, and with the escapes that names have on a line.
    private var bytes: [UInt8] = []
    private var parts: [Part] = []
    /// The places of each rule's parts.
    private var rules: [Range<Int>] = []

    var isEmpty: Bool { rules.isEmpty }

    /// Adds an entry. Parts without a character are left out.
    ///
    /// - Returns: Whether no part was left out.
    mutating func add(_ entry: Substring.UTF8View) -> Bool {
        let trimmed = String(trimming: entry)
        if trimmed.isEmpty { return true }
        let first = parts.count
        var isWhole = true
        for part in trimmed.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            isWhole = isWhole && !part.isEmpty
            if part.isEmpty { continue }
            var escaped = ByteWriter(capacity: 64)
            escaped.append(escaping: String(Substring(part)))
            let start = bytes.count
            bytes += escaped.array().map(RedactionMatcher.folded)
            parts.append(
                Part(start: start, count: bytes.count - start, hasAsterisk: part.contains(UInt8(ascii: "*")))
            )
        }
        if parts.count > first { rules.append(first..<parts.count) }
        return isWhole
    }

    /// Lends the rules without counting references to them.
    @inline(__always)
    func withMatcher<Result>(_ body: (RedactionMatcher) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            parts.withUnsafeBufferPointer { parts in
                rules.withUnsafeBufferPointer { rules in
                    body(RedactionMatcher(bytes: bytes, parts: parts, rules: rules))
                }
            }
        }
    }
}

/// The name of a field with the names of the objects around it. The bytes are those of a line, with their escapes.
struct FieldName {
    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    /// The name of the object that has the field. The caller lends it.
    let outer: UnsafePointer<FieldName>?
}

/// Compares names with rules. It allocates nothing.
struct RedactionMatcher {
    let bytes: UnsafeBufferPointer<UInt8>
    let parts: UnsafeBufferPointer<RedactionRules.Part>
    let rules: UnsafeBufferPointer<Range<Int>>

    /// Whether a rule covers the field, or an object that a dot in its name stands for.
    func covers(_ name: UnsafePointer<FieldName>) -> Bool {
        var end = name.pointee.start
        while true {
            while end < name.pointee.end, end.pointee != UInt8(ascii: ".") { end += 1 }
            for rule in rules where matches(rule, name, end) { return true }
            if end >= name.pointee.end { return false }
            end += 1
        }
    }

    /// Whether the path up to `end`, which is a place in the name, ends with the parts of a rule.
    private func matches(
        _ rule: Range<Int>,
        _ name: UnsafePointer<FieldName>,
        _ end: UnsafePointer<UInt8>
    ) -> Bool {
        var name = name
        var end = end
        var index = rule.upperBound - 1
        while true {
            var start = end
            while start > name.pointee.start, start[-1] != UInt8(ascii: ".") { start -= 1 }
            guard matches(parts[index], UnsafeBufferPointer(start: start, count: end - start)) else { return false }
            if index == rule.lowerBound { return true }
            index -= 1
            if start > name.pointee.start {
                end = start - 1
            } else if let outer = name.pointee.outer {
                name = outer
                end = outer.pointee.end
            } else {
                return false
            }
        }
    }

    private func matches(_ part: RedactionRules.Part, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let pattern = UnsafeBufferPointer(rebasing: bytes[part.start..<part.start + part.count])
        guard part.hasAsterisk else {
            guard pattern.count == text.count else { return false }
            for index in 0..<text.count where pattern[index] != Self.folded(text[index]) { return false }
            return true
        }
        var next = 0
        var place = 0
        // The place in the pattern after its last asterisk, and the place in the text at which it was tried last.
        var retry: (next: Int, place: Int)?
        while true {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                next += 1
                retry = (next, place)
            } else if next < pattern.count, place < text.count, pattern[next] == Self.folded(text[place]) {
                next += 1
                place += 1
            } else if next == pattern.count, place == text.count {
                return true
            } else if let last = retry, last.place < text.count {
                next = last.next
                place = last.place + 1
                retry = (next, place)
            } else {
                return false
            }
        }
    }

    /// The byte of a small letter for that of a capital one. Only ASCII letters have two cases here.
    static func folded(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte &+ 32 : byte
    }
}
