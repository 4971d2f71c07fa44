import ContextPropagation
import Testing

@Suite("A context as a value", .timeLimit(.minutes(3)))
struct LogContextValueTests {
    @Test("A context is one pointer")
    func size() {
        #expect(MemoryLayout<LogContext>.size == MemoryLayout<UnsafeRawPointer>.size)
        #expect(MemoryLayout<LogContext?>.size == MemoryLayout<UnsafeRawPointer>.size)
    }

    private func context() -> LogContext {
        LogContext(
            traceID: TraceID("0af7651916cd43dd8448eb211c80319c"),
            spanID: SpanID("b7ad6b7169203331"),
            parentSpanID: SpanID("00f067aa0ba902b7"),
            traceFlags: [.sampled, .random],
            traceState: TraceState("a=1"),
            baggage: ["tenant": "north"],
            executionID: "run-1",
            taskID: "decode"
        )
    }

    @Test("Contexts with equal parts are equal, and a difference in any part makes them unequal")
    func equality() {
        let one = context()
        #expect(one == one && one == context())
        for change in Self.changes { #expect(one != one.changed(change)) }
    }

    private static let changes: [@Sendable (inout LogContext.Parts) -> Void] = [
        { $0.traceID = .random() }, { $0.traceID = nil }, { $0.spanID = .random() }, { $0.parentSpanID = nil },
        { $0.traceFlags = .sampled }, { $0.samplingDetail = .debug }, { $0.traceState = TraceState("a=2") },
        { $0.baggage = nil }, { $0.correlationID = "order" }, { $0.executionID = "run-2" }, { $0.executionID = nil },
        { $0.taskID = "" },
    ]

    @Test("Texts are compared byte by byte")
    func bytes() {
        #expect(LogContext(executionID: "e\u{301}") != LogContext(executionID: "\u{E9}"))
        #expect(LogContext(executionID: "\u{E9}") == LogContext(executionID: "\u{E9}"))
    }
}
