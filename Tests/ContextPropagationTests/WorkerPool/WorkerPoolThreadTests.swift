import ContextPropagation
import Dispatch
import Foundation
import TestSupport
import Testing

/// The system's resources of a pool, and their release.
@Suite("Worker pool: threads and sizes", .timeLimit(.minutes(10)))
struct WorkerPoolThreadTests {
    private enum Stranger {
        @TaskLocal static var value = "nobody"
    }

    /// Returns the number of threads of this process whose name begins with this prefix.
    private func threads(_ name: String) -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.filter { task in
            (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8))?.hasPrefix(name) == true
        }.count
    }

    /// Waits until this number of threads has that prefix.
    private func untilThreads(_ name: String, are count: Int) async {
        await until { threads(name) == count }
    }

    @Test("Workers have no context: an unregistered value does not come with the first submission")
    func workersAreDetached() async throws {
        let pool = WorkerPool(name: "detached", workers: 1)
        let seen = try await Stranger.$value.withValue("first") { try await pool.perform { Stranger.value } }
        #expect(seen == "nobody")
        try await pool.shutdown()
    }

    @Test("A pool's threads end with it, even if handles are kept")
    func handlesKeepNoThreads() async throws {
        let pool = WorkerPool(name: "handles", workers: 3) { $0.execution = .threads }
        let handle = try await pool.submit { 1 }
        await untilThreads("handles-", are: 3)
        try await pool.shutdown()
        await untilThreads("handles-", are: 0)
        #expect(try await handle.value == 1)
    }

    @Test("The threads of a released pool end when its jobs have ended")
    func droppedPool() async throws {
        let gate = Gate()
        var handle: JobHandle<Void>?
        do {
            let pool = WorkerPool(name: "dropped", workers: 2) { $0.execution = .threads }
            handle = try await pool.submit { await gate.pass() }
        }
        await untilThreads("dropped-", are: 2)
        gate.open()
        try await handle?.value
        await untilThreads("dropped-", are: 0)
    }

    @Test("An executor's threads end when nothing refers to it")
    func executorEnds() async {
        do {
            let executor = ThreadPoolExecutor(threads: 2, name: "executor")
            #expect(await executor.run { 1 } == 1)
            await untilThreads("executor-", are: 2)
        }
        await untilThreads("executor-", are: 0)
    }

    @Test("A detached task runs on its preferred executor, with its priority")
    func detachedPreference() async {
        let executor = ThreadPoolExecutor(threads: 1, name: "prefers")
        let (name, priority) = await Task.detachedPropagatingContext(
            executorPreference: executor,
            priority: .utility
        ) { (threadName(), Task.basePriority) }.value
        #expect(name.hasPrefix("prefers-"))
        #expect(priority == .utility)
    }

    @Test("A job with a worker but without a thread waits, and never begins if it is cancelled")
    func notBegun() async throws {
        let queue = DispatchQueue(label: "suspended")
        queue.suspend()
        let pool = WorkerPool(name: "pool", workers: 2) { $0.execution = .executor(DispatchQueueExecutor(queue)) }
        let began = Count()
        let cancelled = try await pool.submit { began.add() }
        let runs = try await pool.submit { began.add(10) }
        let clock = ContinuousClock()
        let since = clock.now
        cancelled.cancel()
        while since.duration(to: clock.now) < .milliseconds(20) { await Task.yield() }
        queue.resume()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        _ = try await runs.value
        try await pool.shutdown()
        #expect(began.value == 10)
        let statistics = pool.statistics
        #expect(statistics.cancelled == 1 && statistics.done == 1)
        #expect(statistics.waitTime.total >= .milliseconds(40))
        #expect(statistics.waitTime.longest >= .milliseconds(20))
    }

    @Test("Very large numbers do not trap")
    func sizes() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) {
            try await fanOut(0..<Int.max, maxConcurrency: 4) { number in if number > 100 { throw Failure() } }
        }
        let pool = WorkerPool(name: "pool", workers: .max) {
            $0.queueCapacity = .max
            $0.gracePeriod = .seconds(Int64.max)
            $0.abandonAfter = .seconds(Int64.max)
        }
        #expect(try await pool.perform { try await pool.perform { 1 } } == 1)
        let gate = Gate()
        let job = try await pool.submit { await gate.pass() }
        let service = Task { try await pool.run() }
        service.cancel()
        gate.open()
        try await service.value
        try await job.value
    }

    @Test("A cancelled run does not delay an abort")
    func abortIsNotPutOff() async throws {
        let pool = WorkerPool(name: "pool", workers: 1) {
            $0.abandonAfter = .milliseconds(20)
            $0.gracePeriod = .seconds(3600)
        }
        let gate = Gate()
        _ = try await pool.submit { await gate.pass() }
        await gate.arrivals(1)
        let abort = Task { try await pool.abort() }
        let service = Task { try await pool.run() }
        service.cancel()
        let second = Task { try await pool.abort() }
        await #expect(throws: WorkerPoolError(.abandoned, pool: "pool", jobs: 1)) { try await abort.value }
        await #expect(throws: WorkerPoolError.self) { try await second.value }
        await #expect(throws: WorkerPoolError.self) { try await service.value }
        gate.open()
    }
}

private func threadName() -> String {
    (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
}
