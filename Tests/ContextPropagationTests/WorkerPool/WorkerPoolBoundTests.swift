import Synchronization
import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Worker pool: the bound", .timeLimit(.minutes(10)))
struct WorkerPoolBoundTests {
    /// The action in the middle of a job. A job that sleeps or awaits a stream counts as running; otherwise it counts
    /// as waiting.
    enum Middle: String, CaseIterable, CustomTestStringConvertible {
        case otherPool, samePool, handle, childTasks, queue, scope, sleep, stream

        var testDescription: String { rawValue }
    }

    @Test("At most as many jobs run as there are workers, for anything that the jobs await", arguments: Middle.allCases)
    func bound(middle: Middle) async throws {
        let pool = WorkerPool(name: "bound", workers: 3) { $0.queueCapacity = 200 }
        let other = WorkerPool(name: "other", workers: 8) { $0.queueCapacity = middle == .queue ? 0 : 1024 }
        let running = Count()
        let most = Locked<[Int]>()
        @Sendable func section(_ body: () async throws -> Void) async throws {
            most.append(running.add())
            await Task.yield()
            try await body()
            running.add(-1)
        }
        try await fanOut(0..<200, maxConcurrency: 200) { number in
            try await pool.perform {
                try await section {}
                switch middle {
                case .otherPool: try await other.perform { await Task.yield() }
                case .samePool: try await pool.perform { try await section {} }
                case .handle: try await other.submit { await Task.yield() }.value
                case .childTasks:
                    async let first: Void = other.perform { await Task.yield() }
                    async let second: Void = pool.perform { try await section {} }
                    _ = try await (first, second)
                case .queue: try await other.submit { await Task.yield() }
                case .scope:
                    try await withWorkerPool(.init(name: "scope", workers: 1)) { _ = try await $0.submit {} }
                case .sleep: try await section { try await Task.sleep(for: .microseconds(100)) }
                case .stream:
                    try await section {
                        let (numbers, writer) = AsyncStream.makeStream(of: Int.self)
                        Task.detached {
                            writer.yield(number)
                            writer.finish()
                        }
                        for await _ in numbers {}
                    }
                }
                try await section {}
            }
        }
        try await pool.shutdown()
        try await other.shutdown()
        #expect(most.value.max() == 3)
        #expect(pool.statistics.done >= 200)
    }

    @Test("A job that resumes waits until another job ends, and does not run beside it")
    func comesBack() async throws {
        let pool = WorkerPool(name: "one", workers: 1)
        let other = WorkerPool(name: "other", workers: 1)
        let waited = Gate()
        let second = Gate()
        let order = Locked<[Int]>()
        let first = try await pool.submit {
            try await other.perform { await waited.pass() }
            order.append(2)
        }
        await waited.arrivals(1)
        let between = try await pool.submit {
            await second.pass()
            order.append(1)
        }
        let last = try await pool.submit { order.append(3) }
        await second.arrivals(1)
        #expect(pool.statistics.running == 1 && pool.statistics.waiting == 1 && pool.statistics.queued == 1)
        waited.open()
        // The first job has stopped waiting. It gets a slot only when the second job has ended.
        await until { pool.core.shared.withLock { $0.state.returning.count } == 1 }
        #expect(order.value.isEmpty)
        second.open()
        for job in [first, between, last] { try await job.value }
        #expect(order.value == [1, 2, 3])
        try await pool.shutdown()
    }

    enum Ending: CaseIterable {
        case shutdown, run, abort, scope
    }

    @Test("A job may wait for the end of a pool whose jobs wait for its own pool", arguments: Ending.allCases)
    func endOfOtherPool(ending: Ending) async throws {
        let a = WorkerPool(name: "a", workers: 1)
        // On a busy machine, a cancelled job may need longer than ten seconds to end.
        let b = WorkerPool(name: "b", workers: 1) { $0.abandonAfter = .seconds(100) }
        let entered = Gate()
        let value = try await a.perform {
            @Sendable func work() async throws -> Int {
                await entered.pass()
                // A cancelled job would cancel the job that it performs.
                if ending == .abort { return try await Task.detached { try await a.perform { 7 } }.value }
                return try await a.perform { 7 }
            }
            if ending == .scope {
                return try await withWorkerPool(.init(name: "scope", workers: 1)) { scope in
                    entered.open()
                    return try await scope.submit(work)
                }.value
            }
            let job = try await b.submit(work)
            await entered.arrivals(1)
            entered.open()
            switch ending {
            case .shutdown: try await b.shutdown()
            case .run:
                b.triggerGracefulShutdown()
                try await b.run()
            default: try await b.abort()
            }
            return try await job.value
        }
        #expect(value == 7)
        try await a.shutdown()
        #expect(a.statistics.done == 2 && a.statistics.waiting == 0)
    }

    @Test("A job that waits for a slot continues when its pool gives up")
    func abandonedWhileComingBack() async throws {
        let pool = WorkerPool(name: "pool", workers: 1) { $0.abandonAfter = .milliseconds(1) }
        let other = WorkerPool(name: "other", workers: 1)
        let waited = Gate()
        let blocked = Gate()
        let ended = Gate()
        try await pool.submit {
            try? await other.perform { await waited.pass() }
            await ended.pass()
        }
        await waited.arrivals(1)
        try await pool.submit { await blocked.pass() }
        await blocked.arrivals(1)
        waited.open()
        await until { pool.core.shared.withLock { $0.state.returning.count } == 1 }
        await #expect(throws: WorkerPoolError(.abandoned, pool: "pool")) { try await pool.abort() }
        await ended.arrivals(1)
        #expect(pool.statistics.abandoned == 2)
        ended.open()
        blocked.open()
    }
}
