/// A fault of a line: its kind, and the byte at which a reader saw it.
package struct LineFault: Error, Equatable, Sendable {
    package enum Kind: UInt8, CaseIterable, Sendable {
        // Faults of the JSON text.
        case notAnObject
        case torn
        case noLineBreak
        case tooLong
        case badJSON
        case badNumber
        case badEscape
        case controlCharacter
        case invalidUTF8
        case trailingBytes
        case tooDeep
        case duplicateKey
        // Faults of the members.
        case noSchema
        case otherSchema
        case unknownKey
        case missingKey
        case keyOrder
        case wrongType
        case labelType
        case badTimestamp
        case unknownLevel
        // Faults of the IDs.
        case emptyID
        case longID
        case badTraceID
        case zeroTraceID
        case badSpanID
        case zeroSpanID
        case badTraceFlags
        case spanWithoutTrace
        case spanOfTwoTraces
        case missingTrace
        case missingExecution
        case missingTask
        case unexpectedTrace
        case unexpectedExecution
    }

    package var kind: Kind
    /// The key that the fault is about.
    package var key: LineKey?
    /// The byte of the line, counted from 0.
    package var offset: Int

    package init(_ kind: Kind, _ key: LineKey? = nil, at offset: Int = 0) {
        self.kind = kind
        self.key = key
        self.offset = offset
    }
}

extension LineFault.Kind {
    /// What is wrong, as a sentence without its end.
    package var text: String {
        switch self {
        case .notAnObject: "not a JSON object, so not a line of ma-logger"
        case .torn: "torn: the line ends inside its JSON object"
        case .noLineBreak: "torn: the last line has no line break"
        case .tooLong: "longer than 16 MiB"
        case .badJSON: "not valid JSON"
        case .badNumber: "a number that is not valid JSON"
        case .badEscape: "an escape that is not valid JSON"
        case .controlCharacter: "a control character that is not escaped"
        case .invalidUTF8: "bytes that are not UTF-8"
        case .trailingBytes: "bytes after the JSON object"
        case .tooDeep: "nested more than 128 levels deep"
        case .duplicateKey: "an object has a key twice"
        case .noSchema: "a JSON object of no known schema (otel, ecs, gcp, datadog, or spans)"
        case .otherSchema: "a line of another schema than --schema"
        case .unknownKey: "a key that lines do not have"
        case .missingKey: "a key is missing"
        case .keyOrder: "a key is out of order"
        case .wrongType: "a value has the wrong type"
        case .labelType: "a label is not a string"
        case .badTimestamp: "the timestamp does not have the form 2026-01-31T23:59:59.123456Z"
        case .unknownLevel: "an unknown level"
        case .emptyID: "an ID is an empty text"
        case .longID: "an ID is longer than 256 bytes"
        case .badTraceID: "a trace ID of 32 digits must have lower-case hex digits and no dashes"
        case .zeroTraceID: "the trace ID is all zeros"
        case .badSpanID: "a span ID must have 16 lower-case hex digits"
        case .zeroSpanID: "the span ID is all zeros"
        case .badTraceFlags: "trace_flags must have two lower-case hex digits"
        case .spanWithoutTrace: "a span ID without a trace ID of 32 hex digits"
        case .spanOfTwoTraces: "an earlier line has the same span in another trace"
        case .missingTrace: "no trace ID, with --require-trace"
        case .missingExecution: "no execution ID, with --require-execution"
        case .missingTask: "no task ID, with --require-task"
        case .unexpectedTrace: "another trace than --expect-trace"
        case .unexpectedExecution: "another execution than --expect-execution"
        }
    }
}

extension LineFault: CustomStringConvertible {
    package var description: String {
        guard let key else { return kind.text }
        return switch kind {
        case .missingKey: "the key \(key.name) is missing"
        case .keyOrder: "the key \(key.name) is out of order"
        case .wrongType: "the value of \(key.name) must be \(key.type.description)"
        case .unknownKey: "the key \(key.name) is not one of this schema's"
        case .duplicateKey: "the key \(key.name) appears twice"
        case .emptyID: "\(key.name) is an empty text"
        case .longID: "\(key.name) is longer than 256 bytes"
        default: kind.text
        }
    }
}
