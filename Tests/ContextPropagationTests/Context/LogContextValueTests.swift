import ContextPropagation
import Dispatch
import Testing

@Suite("A context as a value", .timeLimit(.minutes(10)))
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
        // Which span a tracing system shows above it is no part of a context.
        #expect(one == one.traced && one.traced.tracedAncestor != one.tracedAncestor)
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

    @Test("The short read of the current context gives the same object as `current`, and keeps no reference to it")
    func currentOfTask() async {
        @Sendable func isCurrent(_ expected: LogContext) -> Bool {
            LogContext.currentOfTask.storage === expected.storage && LogContext.current.storage === expected.storage
        }
        let outer = context()
        let inner = context()
        let references = _getRetainCount(inner.storage)
        await LogContext.$current.withValue(outer) {
            LogContext.$current.withValue(inner) {
                for _ in 0..<100 { #expect(isCurrent(inner)) }
            }
            #expect(isCurrent(outer))
            await Task { #expect(isCurrent(outer)) }.value
            await Task.detached { #expect(isCurrent(.process)) }.value
        }
        #expect(_getRetainCount(inner.storage) == references)
        // A thread outside of every task.
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                #expect(isCurrent(.process))
                LogContext.$current.withValue(inner) { #expect(isCurrent(inner)) }
                continuation.resume()
            }
        }
    }
}
