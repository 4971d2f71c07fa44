internal import ContextPropagation

/// Replaces the values of the fields that `LOG_REDACT` names.
///
/// The path of a field is its name and the names of the objects around it, joined by dots. A dot in a name counts like
/// a nested object. A rule covers every field whose path ends with the rule, and everything inside such a field.
package struct FieldRedactor: Sendable, Equatable {
    /// The value of a redacted field.
    package static var replacement: String { "[redacted]" }

    private let rules: [RedactionRule]

    /// Entries that have an empty part. The rest of such an entry is used.
    package let malformed: [String]

    /// Nil if the text has no rule.
    ///
    /// - Parameter text: The value of `LOG_REDACT`: rules with commas between them.
    package init?(_ text: String) {
        var rules: [RedactionRule] = []
        var malformed: [String] = []
        for entry in text.utf8.split(separator: UInt8(ascii: ",")) {
            let rule = RedactionRule(entry)
            if rule.hasEmptyPart { malformed.append(String(Substring(entry))) }
            if !rule.isEmpty { rules.append(rule) }
        }
        guard !rules.isEmpty || !malformed.isEmpty else { return nil }
        self.rules = rules
        self.malformed = malformed
    }

    /// The rules of the environment, for lines that are logged before set-up.
    static let environment = Platform.environmentVariable("LOG_REDACT").flatMap { FieldRedactor($0) }

    /// Whether a rule covers a field that is in no object.
    package func redacts(path name: String) -> Bool {
        var path = FieldPath()
        return path.append(name.utf8, rules)
    }

    /// Replaces the values of a JSON object at the end of the bytes.
    ///
    /// - Parameter start: The offset of the object. This module must have written it, so it is well-formed.
    package func redact(_ bytes: inout ByteWriter, from start: Int) {
        var scan = RedactionScan(
            bytes: UnsafeBufferPointer(start: bytes.base + start, count: bytes.count - start),
            rules
        )
        scan.scan()
        guard !scan.secrets.isEmpty else { return }
        let object = Array(UnsafeBufferPointer(start: bytes.base + start, count: bytes.count - start))
        bytes.count = start
        object.withUnsafeBufferPointer { object in
            var begin = 0
            for secret in scan.secrets {
                bytes.append(UnsafeBufferPointer(rebasing: object[begin..<secret.lowerBound]))
                bytes.append(quoting: Self.replacement)
                begin = secret.upperBound
            }
            bytes.append(UnsafeBufferPointer(rebasing: object[begin...]))
        }
    }
}

/// Finds the values of a JSON object that rules cover.
private struct RedactionScan {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let members: JSONMemberScanner
    private let rules: [RedactionRule]
    private var path = FieldPath()

    /// The places of the values, in their order.
    private(set) var secrets: [Range<Int>] = []

    init(bytes: UnsafeBufferPointer<UInt8>, _ rules: [RedactionRule]) {
        self.bytes = bytes
        self.rules = rules
        members = JSONMemberScanner(bytes: bytes.baseAddress.unsafelyUnwrapped, end: bytes.count)
    }

    mutating func scan() { _ = value(at: 0) }

    /// Returns the offset after the value.
    private mutating func value(at start: Int) -> Int {
        guard start < bytes.count else { return start }
        switch bytes[start] {
        case UInt8(ascii: "{"): return object(at: start)
        case UInt8(ascii: "["): return array(at: start)
        default: return members.valueEnd(from: start)
        }
    }

    private mutating func object(at start: Int) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "}") {
            if bytes[index] == UInt8(ascii: ",") { index += 1 }
            let nameEnd = members.stringEnd(from: index)
            let outer = path
            let isSecret = append(name: index + 1..<nameEnd - 1)
            let start = nameEnd + 1
            index = isSecret ? members.valueEnd(from: start) : value(at: start)
            if isSecret { secrets.append(start..<index) }
            path = outer
        }
        return index + 1
    }

    /// The elements of an array have the path of the array.
    private mutating func array(at start: Int) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "]") {
            if bytes[index] == UInt8(ascii: ",") { index += 1 }
            index = value(at: index)
        }
        return index + 1
    }

    private mutating func append(name range: Range<Int>) -> Bool {
        let name = bytes[range]
        guard name.contains(UInt8(ascii: "\\")) else { return path.append(name, rules) }
        let quoted = Array(bytes[range.lowerBound - 1..<range.upperBound + 1])
        guard case .string(let text)? = LogFieldValue(json: quoted.span) else { return path.append(name, rules) }
        return path.append(text.utf8, rules)
    }
}
