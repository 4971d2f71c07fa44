import ContextPropagation
import TestSupport
import Testing

/// Jobs that wait for jobs, directly or through other pools and tasks.
@Suite("Worker pool: nested jobs", .timeLimit(.minutes(10)))
struct WorkerPoolNestingTests {
    @Test("Jobs of two pools may wait for each other in turn")
    func twoPools() async throws {
        let a = WorkerPool(name: "a", workers: 1) { $0.queueCapacity = 0 }
        let b = WorkerPool(name: "b", workers: 1) { $0.queueCapacity = 0 }
        let value = try await a.perform {
            try await b.perform {
                try await a.perform { try await b.perform { 7 } }
            }
        }
        #expect(value == 7)
        try await a.shutdown()
        try await b.shutdown()
        #expect(a.statistics.done == 2 && b.statistics.done == 2)
    }

    @Test("Many callers may use two pools of one worker, in either order", arguments: 0..<3)
    func manyCallers(_: Int) async throws {
        let a = WorkerPool(name: "a", workers: 1) { $0.queueCapacity = 0 }
        let b = WorkerPool(name: "b", workers: 1) { $0.queueCapacity = 1 }
        let sum = try await fanOut(0..<40, maxConcurrency: 8) { number in
            let (first, second) = number % 2 == 0 ? (a, b) : (b, a)
            return try await first.perform {
                try await second.perform { try await first.perform { try await second.perform { number } } }
            }
        }
        #expect(sum == Array(0..<40))
        try await a.shutdown()
        try await b.shutdown()
        #expect(a.statistics.done == 80 && b.statistics.done == 80)
    }

    @Test("A cancelled submission releases its job's values at once, outside the pool's lock")
    func cancelledSubmissionLetsGo() async throws {
        final class Payload: Sendable {
            let core: WorkerPool
            init(_ pool: WorkerPool) { core = pool }
        }
        let gate = Gate()
        weak var payload: Payload?
        var running: JobHandle<Void>?
        do {
            let pool = WorkerPool(name: "pool", workers: 1) { $0.queueCapacity = 0 }
            running = try await pool.submit { await gate.pass() }
            let held = Payload(pool)
            payload = held
            let waiting = Task { [held] in try await pool.submit { _ = held.core.statistics } }
            await until { pool.statistics.suspended > 0 }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
        #expect(payload == nil)
        gate.open()
        try await running?.value
    }

    @Test("A job of another pool that drains this pool from inside a job of this pool does not wait for itself")
    func drainAcrossPools() async throws {
        let outer = WorkerPool(name: "outer", workers: 1)
        let inner = WorkerPool(name: "inner", workers: 1)
        try await outer.perform { try await inner.perform { try await outer.shutdown() } }
        try await outer.shutdown()
        try await inner.shutdown()
        #expect(outer.statistics.done == 1)
    }

    @Test("A draining pool still accepts the jobs that its own jobs need")
    func drainOfATree() async throws {
        let pool = WorkerPool(name: "tree", workers: 2)
        let gate = Gate()
        let job = try await pool.submit {
            await gate.pass()
            return try await pool.perform { try await pool.perform { 5 } }
        }
        await gate.arrivals(1)
        pool.triggerGracefulShutdown()
        #expect(throws: WorkerPoolError(.shutdown, pool: "tree")) { try pool.trySubmit {} }
        gate.open()
        #expect(try await job.value == 5)
        try await pool.shutdown()
        #expect(pool.statistics.done == 3 && pool.statistics.refused == 1)
    }

    @Test("Jobs that submit each other in a chain keep nothing of the earlier jobs")
    func chain() async throws {
        final class Payload: Sendable {}
        let pool = WorkerPool(name: "chain", workers: 1)
        weak var first: Payload?
        let ended = Gate()
        @Sendable func next(_ number: Int, _ payload: Payload) async throws {
            if number == 20_000 { return await ended.pass() }
            try await pool.submit { [payload] in
                _ = payload
                try await next(number + 1, Payload())
            }
        }
        do {
            let payload = Payload()
            first = payload
            try await next(0, payload)
        }
        await ended.arrivals(1)
        #expect(first == nil)
        ended.open()
        try await pool.shutdown()
    }
}
