import Foundation
import TestSupport
import Testing

@testable import MALogger

extension LogSettings {
    init(_ environment: [String: String]) {
        self.init(bytes: { environment[$0].map { Array($0.utf8) } })
    }
}

/// Returns the lines that the backend of `setupLogging()` writes for the lines of `body`, with these variables.
func written(
    _ environment: [String: String] = [:],
    label: String = "test",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (Log) throws -> Void
) throws -> [String] {
    let file = try TemporaryFile()
    let descriptor = file.open()
    defer { close(descriptor) }
    let backend = LineBackend(settings: LogSettings(environment), standardOutput: descriptor)
    try body(LineRouter.log(to: backend, label: label))
    return lines(of: file.text ?? "", sourceLocation: sourceLocation)
}

/// Returns the lines of a text. Each line must have a line break.
func lines(of text: String, sourceLocation: SourceLocation = #_sourceLocation) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.last == "", "the last line has no end", sourceLocation: sourceLocation)
    lines.removeLast()
    return lines
}

/// A parsed JSON line.
struct JSONLine {
    let members: [LogFieldValue.Member]

    /// Fails the test unless `text` is an object with the nine keys in their order, and without a repeated key at any
    /// depth. Foundation's parser and ma-logger's must agree.
    init(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let value = LogFieldValue(json: text.utf8.span)
        guard case .object(let members) = try #require(value, "\(text.prefix(500))", sourceLocation: sourceLocation)
        else { throw NotAnObject() }
        self.members = members
        #expect(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any],
            sourceLocation: sourceLocation
        )
        #expect(Array(members.map(\.name).prefix(9)) == Self.nine, sourceLocation: sourceLocation)
        let later = members.dropFirst(9).map(\.name)
        #expect(later == Self.later.filter { later.contains($0) }, sourceLocation: sourceLocation)
        #expect(Self.hasEachNameOnce(.object(members)), sourceLocation: sourceLocation)
        let time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/
        #expect(string("timestamp")?.wholeMatch(of: time) != nil, sourceLocation: sourceLocation)
    }

    struct NotAnObject: Error {}

    static let nine = [
        "timestamp", "level", "message", "service.name", "log.logger", "log.origin.file.line", "trace_id",
        "execution_id", "task_id",
    ]

    static let later = [
        "span_id", "trace_flags", "parent_span_id", "attributes", "exception.type", "exception.message",
        "exception.stacktrace",
    ]

    private static func hasEachNameOnce(_ value: LogFieldValue) -> Bool {
        switch value {
        case .array(let elements):
            return elements.allSatisfy(hasEachNameOnce)
        case .object(let members):
            let names = Set(members.map { Array($0.name.utf8) })
            return names.count == members.count && members.allSatisfy { hasEachNameOnce($0.value) }
        default:
            return true
        }
    }

    subscript(name: String) -> LogFieldValue? { LogFieldValue.object(members)[name] }

    func string(_ name: String) -> String? {
        guard case .string(let text)? = self[name] else { return nil }
        return text
    }

    var message: String? { string("message") }
    var level: String? { string("level") }
    var attributes: LogFieldValue? { self["attributes"] }
}
