import ContextPropagation
import TestSupport
import Testing

@Suite("fanOut: bodies that share a task", .timeLimit(.minutes(10)))
struct FanOutWorkerTests {
    private final class Token: Sendable {
        let gate: Gate

        init(_ gate: Gate) {
            self.gate = gate
        }

        deinit { gate.open() }
    }

    @Test("An element is released when its body has ended, although no other element follows yet")
    func elementIsReleased() async throws {
        let gate = Gate()
        var isFirst = true
        try await fanOut((0..<3).lazy.map { $0 == 0 ? Token(gate) : Token(Gate()) }, maxConcurrency: 1) { _ in
        } forEachResult: { _ in
            if isFirst { await gate.pass() }
            isFirst = false
        }
        #expect(!isFirst)
    }

    @Test("A result is released when forEachResult has returned, although its worker waits")
    func resultIsReleased() async throws {
        let gate = Gate()
        var number = 0
        try await fanOut(0..<2, maxConcurrency: 1) {
            $0 == 0 ? Token(gate) : Token(Gate())
        } forEachResult: { _ in
            number += 1
            if number == 2 { await gate.pass() }
        }
        #expect(number == 2)
    }

    @Test("A body that cancels its own task cancels no other body")
    func ownCancellation() async throws {
        let seen = try await fanOutResults(0..<100, maxConcurrency: 3) { number in
            let wasCancelled = Task.isCancelled
            if number % 2 == 0 { withUnsafeCurrentTask { $0?.cancel() } }
            await Task.yield()
            return wasCancelled
        }
        #expect(try seen.map { try $0.get() } == Array(repeating: false, count: 100))
    }

    @Test("No task-local of one body reaches another, and many short bodies run in their own contexts")
    func manyShortBodies() async throws {
        let caller = LogContext.unique("caller")
        let contexts = try await withLogContext(caller) {
            try await fanOut(0..<20_000, maxConcurrency: 8, taskID: "body") { number in
                (number, LogContext.current)
            }
        }
        #expect(contexts.count == 20_000)
        #expect(
            contexts.allSatisfy { number, context in
                context.taskID == "body-\(number)" && context.parentSpanID == caller.spanID
                    && context.traceID == caller.traceID
            }
        )
        #expect(Set(contexts.map(\.1.spanID)).count == 20_000)
    }
}
