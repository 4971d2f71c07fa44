import ContextPropagation
import Dispatch
import PropagationTesting
import Testing

@Suite("Checks of contexts and workers", .timeLimit(.minutes(10)))
struct ContextCheckTests {
    @Test("The expected context and its child pass, and the error for another context names both")
    func expected() throws {
        let context = LogContext.newTrace(taskID: "task")
        try LogContext.$current.withValue(context) { try expectContext(context, sameSpan: true) }
        try LogContext.$current.withValue(context.child()) { try expectContext(context) }
        #expect(throws: ContextMismatch.self) {
            try LogContext.$current.withValue(context.child()) { try expectContext(context, sameSpan: true) }
        }
        let mismatch = #expect(throws: ContextMismatch.self) { try expectContext(context) }
        #expect(mismatch?.description.contains("task task") == true)
        #expect(mismatch?.place.contains("ContextCheckTests.swift") == true)
    }

    @Test("Another execution or correlation ID is another context")
    func otherParts() {
        let context = LogContext(correlationID: "order-1", executionID: "run-1", taskID: "task")
        for other in [
            LogContext(correlationID: "order-2", executionID: "run-1", taskID: "task"),
            LogContext(correlationID: "order-1", executionID: "run-2", taskID: "task"),
            LogContext(correlationID: "order-1", executionID: "run-1", taskID: "other"),
        ] {
            LogContext.$current.withValue(other) {
                _ = #expect(throws: ContextMismatch.self) { try expectContext(context) }
            }
        }
    }

    @Test("A clean queue passes the leak check after a job that brought a context")
    func cleanQueue() async throws {
        let detector = ContextLeakDetector()
        let queue = DispatchQueue(label: "clean")
        LogContext.$current.withValue(.newTrace()) { queue.propagatingContext.async {} }
        try await detector.check(queue)
    }

    @Test("A worker that keeps a context fails the leak check, which names the place of capture")
    func leak() {
        let detector = ContextLeakDetector()
        let context = LogContext.newTrace(taskID: "left behind")
        let line: UInt = #line + 1
        let snapshot = LogContext.$current.withValue(context) { ContextSnapshot.capture() }
        let leak = snapshot.run { #expect(throws: ContextLeak.self) { try detector.check() } }
        #expect(leak?.capturedAt == "PropagationTestingTests/ContextCheckTests.swift:\(line)")
        #expect(leak?.context.taskID == "left behind")
        #expect(throws: Never.self) { try detector.check() }
    }
}
