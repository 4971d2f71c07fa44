import Foundation
import PropagationTesting
import TestSupport
import Testing

@testable import MALogger

@Suite("LOG_PARENT_SPAN_ID", .timeLimit(.minutes(10)))
struct ParentSpanTests {
    private static let parent = SpanID("00f067aa0ba902b7")

    private static let context = LogContext(
        traceID: TraceID("0af7651916cd43dd8448eb211c80319c"),
        spanID: SpanID("b7ad6b7169203331"),
        parentSpanID: parent,
        executionID: "4LRT2TBcHcnXs5nW0IYVZd"
    )

    /// The places of the parent in the line of each schema.
    private static let places = [
        "otel": ["parent_span_id"], "ecs": ["labels", "parent_span_id"],
        "gcp": ["logging.googleapis.com/labels", "parent_span_id"], "datadog": ["parent_span_id"],
    ]

    private func line(_ environment: [String: String], _ context: LogContext = context) throws -> String {
        let environment = environment.merging(["GOOGLE_CLOUD_PROJECT": "my-project"]) { $1 }
        let lines = try written(environment) { log in
            LogContext.$current.withValue(context) { log.info("") { $0.frame = 1 } }
        }
        return try #require(lines.first)
    }

    @Test("A line has the parent of its span in every schema, also with redaction", arguments: places.keys.sorted())
    func schemas(schema: String) throws {
        let place = try #require(Self.places[schema])
        for more in [[:], ["LOG_REDACT": "card"]] {
            let settings = more.merging(["LOG_SCHEMA": schema, "LOG_PARENT_SPAN_ID": "true"]) { $1 }
            let line = try line(settings)
            let expected = schema == "datadog" ? "\(UInt64(0x00f0_67aa_0ba9_02b7))" : "00f067aa0ba902b7"
            #expect(place.reduce(parsed(line)) { $0?[$1] } == .string(expected), "\(line)")
            if let rules = SchemaRules.all.first(where: { $0.name == schema }) {
                guard case .object(let members)? = parsed(line) else { throw JSONLine.NotAnObject() }
                #expect(rules.faults(members) == [])
            } else {
                _ = try JSONLine(line)
                #expect(
                    line.contains(
                        #""span_id":"b7ad6b7169203331","trace_flags":"01","parent_span_id":"00f067aa0ba902b7","attributes""#
                    )
                )
            }
        }
    }

    @Test("By default, no line has the parent", arguments: places.keys.sorted(), ["", "false", "0", "FALSE"])
    func off(schema: String, text: String) throws {
        let line = try line(["LOG_SCHEMA": schema, "LOG_PARENT_SPAN_ID": text])
        #expect(!line.contains("parent_span_id") && !line.contains("00f067aa0ba902b7"), "\(line)")
    }

    @Test("A context without a span or without a parent has no such member", arguments: places.keys.sorted())
    func none(schema: String) throws {
        for context in [LogContext(), LogContext(traceID: .random()), LogContext(correlationID: "order-1")] {
            let line = try line(["LOG_SCHEMA": schema, "LOG_PARENT_SPAN_ID": "1"], context)
            #expect(!line.contains("parent_span_id"), "\(line)")
        }
    }

    @Test("Lines of a task in a task form a tree: each names the span of the lines around it")
    func tree() throws {
        let lines = try written(["LOG_PARENT_SPAN_ID": "TRUE"]) { log in
            LogContext.$current.withValue(Self.context) {
                log.info("outer")
                LogContext.$current.withValue(LogContext.current.child()) {
                    log.info("middle")
                    LogContext.$current.withValue(LogContext.current.child(taskID: "t")) { log.info("inner") }
                }
            }
        }
        let spans = try lines.map { try #require(parsed($0)?["span_id"]) }
        let parents = try lines.map { try #require(parsed($0)?["parent_span_id"]) }
        #expect(Set(spans.map { "\($0)" }).count == 3)
        #expect(parents == [.string("00f067aa0ba902b7"), spans[0], spans[1]])
    }

    @Test("A value that is neither true nor false is reported, and lines stay as they are")
    func bad() throws {
        let settings = LogSettings(["LOG_PARENT_SPAN_ID": "yes please"])
        #expect(!settings.writesParent)
        #expect(
            settings.problems == [
                #"LOG_PARENT_SPAN_ID is "yes please", which is neither true nor false; false is used"#
            ]
        )
    }

    @Test("A format without the field is reported", arguments: ["console", "kestra"])
    func otherFormat(format: String) {
        let problems = LogSettings(["LOG_PARENT_SPAN_ID": "true", "LOG_FORMAT": format]).problems
        #expect(problems == ["LOG_PARENT_SPAN_ID has no effect, because LOG_FORMAT is \(format)"])
        #expect(LogSettings(["LOG_PARENT_SPAN_ID": "false", "LOG_FORMAT": format]).problems == [])
    }

    /// Runs in its own process, because set-up changes the whole process.
    @Test("setupLogging() reads the variable, and the parent of the process is the span of TRACEPARENT")
    func process() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("LOG_PARENT_SPAN_ID", "true", 1)
            setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 1)
            setupLogging()
            Log("app").info("started")
        }
        let text = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.contains("started") })
        #expect(parsed(String(line))?["parent_span_id"] == .string("b7ad6b7169203331"))
    }
}
