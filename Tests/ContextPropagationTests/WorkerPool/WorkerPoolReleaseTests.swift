import ContextPropagation
import TestSupport
import Testing

@Suite("Worker pool: the release of results", .timeLimit(.minutes(10)))
struct WorkerPoolReleaseTests {
    private final class Token: Sendable {
        let gate: Gate

        init(_ gate: Gate) {
            self.gate = gate
        }

        deinit { gate.open() }
    }

    @Test("A result without a handle is released while its worker runs other jobs, and while the worker waits for one")
    func resultIsReleased() async throws {
        let pool = WorkerPool(name: "pool", workers: 1)
        let first = Gate()
        let last = Gate()
        try await pool.submit { Token(first) }
        try await pool.submit {
            await first.pass()
            return Token(last)
        }
        await last.pass()
        let again = Gate()
        try await pool.submit { Token(again) }
        await again.pass()
        #expect(pool.statistics.done == 3)
        try await pool.shutdown()
    }
}
