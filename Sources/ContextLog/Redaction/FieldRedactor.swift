internal import ContextPropagation

/// Replaces the values of the fields that `LOG_REDACT` names.
///
/// The path of a field is its name and the names of the objects around it, joined by dots. A dot in a name counts like
/// a nested object. A rule covers every field whose path ends with the rule, and everything inside such a field.
package struct FieldRedactor: Sendable, Equatable {
    /// The value of a redacted field.
    package static var replacement: String { "[redacted]" }

    /// ``replacement`` as JSON.
    private static var replacementJSON: StaticString { "\"[redacted]\"" }

    private let rules: RedactionRules

    /// Entries that have an empty part. The rest of such an entry is used.
    package let malformed: [String]

    /// Nil if the text has no entry.
    ///
    /// - Parameter text: The value of `LOG_REDACT`: rules with commas between them.
    package init?(_ text: String) {
        var rules = RedactionRules()
        var malformed: [String] = []
        for entry in text.utf8.split(separator: UInt8(ascii: ",")) where !rules.add(entry) {
            malformed.append(String(Substring(entry)))
        }
        guard !rules.isEmpty || !malformed.isEmpty else { return nil }
        self.rules = rules
        self.malformed = malformed
    }

    /// The rules of the environment, for lines that are logged before set-up.
    static let environment = Platform.environmentVariable("LOG_REDACT").flatMap { FieldRedactor($0) }

    /// Whether a rule covers a field that is in no object.
    package func redacts(path name: String) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return false }
            let name = FieldName(start: start, end: start + bytes.count, outer: nil)
            return withUnsafePointer(to: name) { name in rules.withMatcher { $0.covers(name) } }
        }
    }

    /// Replaces the values of a JSON object at the end of the bytes.
    ///
    /// - Parameter start: The offset of the object. This module must have written it, so it is well-formed.
    package func redact(_ bytes: inout ByteWriter, from start: Int) {
        let count = bytes.count - start
        let object = UnsafeBufferPointer(start: bytes.base + start, count: count)
        let secrets = rules.withMatcher { matcher in
            var scan = RedactionScan(object, matcher)
            scan.scan()
            return scan.secrets
        }
        if !secrets.isEmpty { Self.replace(secrets, &bytes, start, count) }
    }

    /// Writes the object again behind itself, without the secrets, and moves it to its place.
    private static func replace(_ secrets: [Range<Int>], _ bytes: inout ByteWriter, _ start: Int, _ count: Int) {
        _ = bytes.place(count + secrets.count * replacementJSON.utf8CodeUnitCount)
        let object = UnsafePointer(bytes.base + start)
        var begin = 0
        for secret in secrets {
            bytes.append(object + begin, secret.lowerBound - begin)
            bytes.append(replacementJSON)
            begin = secret.upperBound
        }
        bytes.append(object + begin, count - begin)
        let written = bytes.count - start - count
        (bytes.base + start).update(from: bytes.base + start + count, count: written)
        bytes.count = start + written
    }
}

/// Finds the values of a JSON object that rules cover.
private struct RedactionScan {
    private let bytes: UnsafePointer<UInt8>
    private let count: Int
    private let members: JSONMemberScanner
    private let matcher: RedactionMatcher

    /// The places of the values, in their order.
    private(set) var secrets: [Range<Int>] = []

    init(_ object: UnsafeBufferPointer<UInt8>, _ matcher: RedactionMatcher) {
        bytes = object.baseAddress.unsafelyUnwrapped
        count = object.count
        members = JSONMemberScanner(bytes: bytes, end: count)
        self.matcher = matcher
    }

    mutating func scan() { _ = value(at: 0, in: nil) }

    /// Returns the offset after the value.
    private mutating func value(at start: Int, in outer: UnsafePointer<FieldName>?) -> Int {
        guard start < count else { return start }
        switch bytes[start] {
        case UInt8(ascii: "{"): return object(at: start, in: outer)
        case UInt8(ascii: "["): return array(at: start, in: outer)
        default: return members.valueEnd(from: start)
        }
    }

    private mutating func object(at start: Int, in outer: UnsafePointer<FieldName>?) -> Int {
        var index = start + 1
        while index < count, bytes[index] != UInt8(ascii: "}") {
            if bytes[index] == UInt8(ascii: ",") { index += 1 }
            let nameEnd = members.stringEnd(from: index)
            let name = FieldName(start: bytes + index + 1, end: bytes + nameEnd - 1, outer: outer)
            index = withUnsafePointer(to: name) { name in
                let start = nameEnd + 1
                guard matcher.covers(name) else { return value(at: start, in: name) }
                let end = members.valueEnd(from: start)
                secrets.append(start..<end)
                return end
            }
        }
        return index + 1
    }

    /// The elements of an array have the path of the array.
    private mutating func array(at start: Int, in outer: UnsafePointer<FieldName>?) -> Int {
        var index = start + 1
        while index < count, bytes[index] != UInt8(ascii: "]") {
            if bytes[index] == UInt8(ascii: ",") { index += 1 }
            index = value(at: index, in: outer)
        }
        return index + 1
    }
}
