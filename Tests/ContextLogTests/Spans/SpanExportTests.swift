import ContextPropagation
import PropagationTesting
import TestSupport
import Testing

@testable import ContextLog

/// The exporter belongs to the process, and changes how every message of the process is sent. So each test has a
/// process of its own.
@Suite("Spans of monitored tasks", .timeLimit(.minutes(10)))
struct SpanExportTests {
    private struct Fault: Error, Equatable {}

    private struct Exporter: SpanExporter {
        let spans = Locked<[FinishedSpan]>([])
        let scope: String

        func export(_ span: FinishedSpan) {
            if span.scope == scope { spans.change { $0.append(span) } }
        }
    }

    private static func exported(_ scope: String, _ body: () async throws -> Void) async rethrows -> [FinishedSpan] {
        let exporter = Exporter(scope: scope)
        SpanExport.install(exporter)
        defer { SpanExport.install(nil) }
        try await body()
        return exporter.spans.value
    }

    @Test("A task is a span below the nearest span that is exported, and not below the span of a job")
    func tree() async {
        await #expect(processExitsWith: .success) { try await SpanExportTests.treeAlone() }
    }

    static func treeAlone() async throws {
        let log = Log("span.tree")
        var outer: LogContext?
        let spans = try await exported(log.label) {
            try await LogContext.$current.withValue(.newTrace()) {
                try await monitorTask("outer", log: log) { () async throws in
                    outer = LogContext.current
                    try await fanOut(0..<1, maxConcurrency: 1) { _ in monitorTask("inner", log: log) {} }
                }
            }
        }
        #expect(spans.map(\.name) == ["inner", "outer"])
        let (inner, last) = (try #require(spans.first), try #require(spans.last))
        #expect(last.parent == nil && last.context.spanID == outer?.spanID)
        #expect(inner.parent == last.context.spanID && inner.context.traceID == last.context.traceID)
        #expect(inner.context.parentSpanID != inner.parent)
    }

    @Test("A task in a received context is a span below the sender's span, through any number of jobs")
    func receivedContext() async {
        await #expect(processExitsWith: .success) { try await SpanExportTests.receivedContextAlone() }
    }

    static func receivedContextAlone() async throws {
        let log = Log("span.received")
        let sender = SpanID.random()
        let received = LogContext(traceID: .random(), parentSpanID: sender)
        let spans = await exported(log.label) {
            LogContext.$current.withValue(received.child().child()) { monitorTask("task", log: log) {} }
        }
        #expect(spans.map(\.parent) == [sender])
    }

    @Test("The fields are made once, for the span and the line, and an error is on both")
    func fields() async {
        await #expect(processExitsWith: .success) { await SpanExportTests.fieldsAlone() }
    }

    static func fieldsAlone() async {
        let log = Log("span.fields").with { $0.camera = "gate" }
        var calls = 0
        var lines: [LoggedLine] = []
        let spans = await exported(log.label) {
            lines = Array(
                capturedLines {
                    LogContext.$current.withValue(.newTrace()) {
                        monitorTask("good", log: log) {
                        } fields: { _, fields in
                            calls += 1
                            fields.frame = calls
                        }
                        try? monitorTask("bad", log: log) { () throws(Fault) in throw Fault() }
                        try? monitorTask("stopped", log: log) { throw CancellationError() }
                    }
                }
            )
        }
        #expect(calls == 1)
        #expect(lines.map(\.message) == ["Task good success", "Task bad failed", "Task stopped cancelled"])
        #expect(lines.first?["frame"] == .integer(1) && lines.first?["camera"] == .string("gate"))
        let texts = spans.map { $0.attributes.map { String(decoding: $0.bytes, as: UTF8.self) } }
        #expect(texts.first == [#","camera":"gate","frame":1"#])
        #expect(spans.map { $0.error is Fault } == [false, true, false])
        #expect(spans.map(\.context.spanID) == lines.map(\.context.spanID))
    }

    @Test("A suppressed line does not suppress the span; a trace that is not sampled has no spans")
    func sampling() async {
        await #expect(processExitsWith: .success) { await SpanExportTests.samplingAlone() }
    }

    static func samplingAlone() async {
        let log = Log("span.sampling")
        let spans = await exported(log.label) {
            _ = capturedLines {
                LogContext.$current.withValue(.newTrace()) {
                    for _ in 0..<3 { monitorTask("sampled", log: log, sampling: .every(3)) {} }
                }
                LogContext.$current.withValue(.newTrace(traceFlags: [])) { monitorTask("not sampled", log: log) {} }
            }
        }
        #expect(spans.map(\.name) == ["sampled", "sampled", "sampled"])
    }
}
