/// An entry of `LOG_REDACT`: a name or a path, as parts between dots. In a part, `*` stands for any text.
struct RedactionRule: Sendable, Equatable {
    /// In lower case. No part is empty.
    private let parts: [[UInt8]]

    /// Whether the entry has a part without a character, as in `a..b`.
    let hasEmptyPart: Bool

    init(_ entry: Substring.UTF8View) {
        let space = UInt8(ascii: " ")
        let trimmed = entry.drop { $0 == space }.reversed().drop { $0 == space }.reversed()
        let parts = trimmed.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        self.parts = parts.filter { !$0.isEmpty }.map { $0.map(FieldPath.folded) }
        hasEmptyPart = !trimmed.isEmpty && self.parts.count < parts.count
    }

    var isEmpty: Bool { parts.isEmpty }

    /// Whether the last parts of a path are those of the rule.
    func matches(_ path: [[UInt8]]) -> Bool {
        path.count >= parts.count && zip(parts, path.suffix(parts.count)).allSatisfy { Self.matches($0[...], $1[...]) }
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var pattern = pattern
        var text = text
        // The pattern after the last asterisk, and the text at which it was tried last.
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if let byte = text.first, pattern.first == byte {
                pattern = pattern.dropFirst()
                text = text.dropFirst()
            } else if text.isEmpty, pattern.isEmpty {
                return true
            } else if let last = retry, !last.text.isEmpty {
                pattern = last.pattern
                text = last.text.dropFirst()
                retry = (pattern, text)
            } else {
                return false
            }
        }
    }
}

/// The path of a field, as parts in lower case.
struct FieldPath {
    private var parts: [[UInt8]] = []

    /// Appends the parts of a name. Returns whether a rule covers one of them: then the value is secret.
    mutating func append(_ name: some Collection<UInt8>, _ rules: [RedactionRule]) -> Bool {
        for part in name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            parts.append(part.map(Self.folded))
            if rules.contains(where: { $0.matches(parts) }) { return true }
        }
        return false
    }

    /// The byte of a small letter for that of a capital one. Only ASCII letters have two cases here.
    static func folded(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
    }
}
