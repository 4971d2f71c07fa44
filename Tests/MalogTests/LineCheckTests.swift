import TestSupport
import Testing

@testable import MalogCore

@Suite("The check of a line", .timeLimit(.minutes(10)))
struct LineCheckTests {
    private func faults(_ lines: [String], _ options: CheckOptions = CheckOptions()) -> [LineFault.Kind?] {
        var check = LineCheck(options)
        return lines.map { line in
            let memory = GuardedMemory(capacity: line.utf8.count)
            do throws(LineFault) {
                _ = try check.check(memory.place(Array(line.utf8)))
                return nil
            } catch {
                return error.kind
            }
        }
    }

    @Test("Lines of all schemas are valid")
    func valid() {
        for (schema, line) in Lines.allSchemas { #expect(faults([line]) == [nil], "\(schema)") }
        #expect(faults([Lines.otel(trace: "N/A", execution: "N/A", task: "N/A", span: nil)]) == [nil])
        #expect(faults([Lines.otel(trace: "order-1234", span: nil)]) == [nil])
        let error = #","exception.type":"E","exception.message":"m","exception.stacktrace":"s""#
        #expect(faults([Lines.otel(level: "ERROR", more: error)]) == [nil])
    }

    @Test(
        "Each fault is found",
        arguments: [
            (Lines.otel(time: "2026-11-26T11:10:43Z"), .badTimestamp),
            (Lines.otel(time: "2026-02-29T11:10:43.623865Z"), .badTimestamp),
            (Lines.otel(time: "2026-11-26T24:10:43.623865Z"), .badTimestamp),
            (Lines.otel(time: "2026-11-26T11:10:43.62386xZ"), .badTimestamp),
            (Lines.otel(level: "info"), .unknownLevel), (Lines.otel(level: "FATAL"), .unknownLevel),
            (Lines.otel(trace: "0AF7651916CD43DD8448EB211C80319C"), .badTraceID),
            (Lines.otel(trace: "0af76519-16cd-43dd-8448-eb211c80319c"), .badTraceID),
            (Lines.otel(trace: "00000000000000000000000000000000"), .zeroTraceID),
            (Lines.otel(trace: "", span: nil), .emptyID),
            (Lines.otel(trace: String(repeating: "x", count: 257), span: nil), .longID),
            (Lines.otel(execution: ""), .emptyID),
            (Lines.otel(execution: String(repeating: "\\\"", count: 257)), .longID),
            (Lines.otel(span: "0000000000000000"), .zeroSpanID), (Lines.otel(span: "b7ad6b716920333"), .badSpanID),
            (Lines.otel(span: "B7AD6B7169203331"), .badSpanID), (Lines.otel(trace: "N/A"), .spanWithoutTrace),
            (Lines.otel(trace: "order-1234"), .spanWithoutTrace),
            (Lines.otel(more: #","parent_span_id":"B7AD6B7169203331""#), .badSpanID),
            (Lines.otel(more: #","parent_span_id":"0000000000000000""#), .zeroSpanID),
            (Lines.otel(more: #","attributes":{},"parent_span_id":"\#(Lines.span)""#), .keyOrder),
            (Lines.otel(more: #","trace_id2":"x""#), .unknownKey), (Lines.otel(more: #","labels":{}"#), .unknownKey),
            (Lines.otel(more: #","attributes":"x""#), .wrongType),
            (Lines.otel(more: #","exception.type":"E","attributes":{}"#), .keyOrder),
            (Lines.elastic.replacing(#""4LRT2TBc""#, with: "4"), .labelType),
            (Lines.google.replacing(#""camera-1""#, with: "null"), .labelType),
            (#"{"a":1}"#, .noSchema), (#"{"level":"INFO"}"#, .missingKey),
            (Lines.spans(trace: "0"), .badTraceID), (Lines.spans(span: "0000000000000000"), .zeroSpanID),
        ] as [(String, LineFault.Kind)]
    )
    func fault(_ line: String, _ kind: LineFault.Kind) {
        #expect(faults([line]) == [kind])
    }

    @Test(
        "An ID that ma-logger accepts is valid",
        arguments: [
            // Only a UUID has its dashes in these places.
            Lines.otel(trace: "0af7651916cd-43dd-8448-eb21-1c80319c", span: nil),
            Lines.otel(trace: "0af76519-16cd-43dd-8448-eb211c80319c-", span: nil),
            Lines.otel(trace: "0af76519-16cd-43dd-8448-eb211c80319g", span: nil),
            // The limit of 256 bytes is that of the text without its escapes.
            Lines.otel(trace: String(repeating: #"\""#, count: 256), span: nil),
            Lines.otel(execution: String(repeating: #"\u0085"#, count: 128)),
            // A program may give a task any text.
            Lines.otel(task: ""), Lines.otel(task: String(repeating: "x", count: 300)),
        ]
    )
    func accepted(_ line: String) {
        #expect(faults([line]) == [nil])
    }

    @Test("Only the keys of the default schema have an order")
    func order() {
        for (schema, line) in Lines.allSchemas.dropLast() {
            let time = line.split(separator: ",")[0].dropFirst()
            let other = "{\(line.dropFirst(time.utf8.count + 2).dropLast()),\(time)}"
            #expect(faults([other]) == [schema == .otel ? .keyOrder : nil], "\(schema)")
        }
    }

    @Test("A span in two traces is found, in lines and in exported spans")
    func spanOfTwoTraces() {
        let other = "1af7651916cd43dd8448eb211c80319c"
        let lines = [Lines.otel(), Lines.otel(message: "again"), Lines.otel(trace: other), Lines.spans()]
        #expect(faults(lines) == [nil, nil, .spanOfTwoTraces, .spanOfTwoTraces])
        #expect(faults([Lines.datadog, Lines.otel(trace: other)]) == [nil, .spanOfTwoTraces])
    }

    @Test("Two spans are never taken for one")
    func spansDiffer() {
        var random = SplitMix(state: 3)
        let table = SpanTable()
        for _ in 0..<400_000 {
            #expect(table.note(span: random.next() | 1, trace: random.next()))
        }
    }

    @Test("Options make missing and unexpected IDs faults")
    func options() {
        let none = Lines.otel(trace: "N/A", execution: "N/A", task: "N/A", span: nil)
        var options = CheckOptions()
        options.requiresTrace = true
        #expect(faults([none, Lines.otel()], options) == [.missingTrace, nil])
        options = CheckOptions()
        options.requiresExecution = true
        #expect(faults([none, Lines.elastic], options) == [.missingExecution, nil])
        options = CheckOptions()
        options.requiresTask = true
        #expect(faults([none, Lines.google, Lines.otel(task: "")], options) == [.missingTask, nil, .missingTask])
        options = CheckOptions()
        options.expectedTrace = Lines.trace
        #expect(faults([Lines.otel(), Lines.otel(trace: "x", span: nil)], options) == [nil, .unexpectedTrace])
        options = CheckOptions()
        options.expectedExecution = "4LRT2TBc"
        #expect(faults([Lines.datadog, Lines.otel(execution: "other")], options) == [nil, .unexpectedExecution])
        options = CheckOptions()
        options.schema = .ecs
        #expect(faults([Lines.elastic, Lines.otel()], options) == [nil, .otherSchema])
    }

    @Test("Options make missing and unexpected IDs of exported spans faults")
    func optionsOfSpans() {
        func span(_ attributes: (name: String, value: String)...) -> String {
            let texts = attributes.map { #"{"key":"\#($0.name)","value":{"stringValue":"\#($0.value)"}}"# }
            return Lines.spans(attributes: texts.joined(separator: ","))
        }
        let lines = [
            span(), span(("task_id", "camera-1")), span(("execution_id", "run-1"), ("task_id", "camera-1")),
            span(("execution_id", "run-2")), span(("execution_id", ""), ("task_id", "")),
        ]
        var options = CheckOptions()
        #expect(faults(lines, options) == [nil, nil, nil, nil, nil])
        options.requiresExecution = true
        #expect(faults(lines, options) == [.missingExecution, .missingExecution, nil, nil, .missingExecution])
        options = CheckOptions()
        options.requiresTask = true
        #expect(faults(lines, options) == [.missingTask, nil, nil, .missingTask, .missingTask])
        options = CheckOptions()
        options.expectedExecution = "run-1"
        #expect(faults(lines, options) == [nil, nil, nil, .unexpectedExecution, nil])
    }

    @Test("Each kind of fault has its own text")
    func texts() {
        #expect(Set(LineFault.Kind.allCases.map(\.text)).count == LineFault.Kind.allCases.count)
    }
}
