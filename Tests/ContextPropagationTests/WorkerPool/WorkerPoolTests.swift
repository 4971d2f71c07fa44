import ContextPropagation
import Dispatch
import Synchronization
import TestSupport
import Testing

@Suite("Worker pool", .timeLimit(.minutes(10)))
struct WorkerPoolTests {
    private struct Failure: Error, Equatable {}

    private static let executions: [WorkerPool.Execution] = [.cooperative, .threads]

    @Test("A job runs in a child of its submitter's context, with the same trace and its own span", arguments: 0..<2)
    func childContext(execution: Int) async throws {
        let pool = WorkerPool(name: "pool", workers: 2) { $0.execution = Self.executions[execution] }
        let submitter = LogContext(traceID: .random(), executionID: "run", taskID: "ingest")
        let seen = try await withLogContext(submitter) {
            try await pool.perform {
                await Task.yield()
                return LogContext.current
            }
        }
        #expect(seen.traceID == submitter.traceID)
        #expect(seen.parentSpanID == submitter.spanID)
        #expect(seen.spanID != nil && seen.spanID != submitter.spanID)
        #expect(seen.executionID == "run")
        #expect(seen.taskID == "ingest")
        try await pool.shutdown()
    }

    @Test("The value of a job keeps its type, also if it is an optional, large, or a class")
    func typedValues() async throws {
        final class Object: Sendable {}
        struct Large: Equatable {
            var words = (0..<12).map(UInt64.init)
            var more: (UInt64, UInt64) = (1, 2)
            static func == (one: Large, other: Large) -> Bool { one.words == other.words && one.more == other.more }
        }
        let pool = WorkerPool(name: "pool", workers: 1)
        let object = Object()
        let absent: Int?? = .some(nil)
        let none: Int?? = nil
        #expect(try await pool.perform { absent } == absent)
        #expect(try await pool.perform { none } == none)
        #expect(try await pool.perform { Large() } == Large())
        #expect(try await pool.perform { object } === object)
        #expect(try await pool.perform { ["a": [1, 2]] } == ["a": [1, 2]])
        let any = try await pool.perform { 7 as any Sendable }
        #expect(any as? Int == 7)
        let function = try await pool.perform { { @Sendable (number: Int) in number + 1 } }
        #expect(function(1) == 2)
        try await pool.perform {}
        try await pool.shutdown()
    }

    @Test("The context comes from the submission, not from the code that made the worker or the pool")
    func capturedWhenSubmitted() async throws {
        let gate = Gate()
        let pool = withLogContext(.unique("maker")) { WorkerPool(name: "pool", workers: 1) }
        let first = try await withLogContext(.unique("first")) { try await pool.submit { await gate.pass() } }
        let contexts = (0..<20).map { LogContext.unique("submitter-\($0)") }
        var jobs: [JobHandle<TraceID?>] = []
        for context in contexts {
            jobs.append(try await withLogContext(context) { try await pool.submit { LogContext.current.traceID } })
        }
        withLogContext(.unique("opener")) { gate.open() }
        try await first.value
        for (job, context) in zip(jobs, contexts) { #expect(try await job.value == context.traceID) }
        try await pool.shutdown()
    }

    @Test("A worker has no context between two jobs, even after a job that throws or is cancelled", arguments: 0..<2)
    func cleanBetweenJobs(execution: Int) async throws {
        let pool = WorkerPool(name: "pool", workers: 1) { $0.execution = Self.executions[execution] }
        let ends: [@Sendable () async throws -> Void] = [
            {}, { throw Failure() }, { throw CancellationError() }, { try await untilCancelled() },
        ]
        for (number, work) in ends.enumerated() {
            let job = try await withLogContext(.unique("dirty")) { try await pool.submit(work) }
            if number == 3 { job.cancel() }
            _ = await job.result
            let next = try await pool.perform { (LogContext.current, Task.isCancelled) }
            #expect(next.0.traceID == LogContext.process.traceID)
            #expect(next.0.taskID == LogContext.process.taskID)
            #expect(next.1 == false)
        }
        try await pool.shutdown()
    }

    @Test("A job's task ID is the submitter's, the worker's or its own, as configured")
    func taskIDs() async throws {
        let inherited = WorkerPool(name: "decode", workers: 1)
        let workers = WorkerPool(name: "inference", workers: 3) { $0.taskIDs = .worker }
        try await withLogContext(.unique("submitter")) {
            #expect(try await inherited.perform { LogContext.current.taskID } == "submitter")
            #expect(try await inherited.perform(taskID: "own") { LogContext.current.taskID } == "own")
            #expect(try await workers.perform(taskID: "own") { LogContext.current.taskID } == "own")
            let gate = Gate()
            var jobs: [JobHandle<String?>] = []
            for _ in 0..<3 {
                jobs.append(
                    try await workers.submit {
                        await gate.pass()
                        return LogContext.current.taskID
                    }
                )
            }
            await gate.arrivals(3)
            gate.open()
            var seen = Set<String?>()
            for job in jobs { seen.insert(try await job.value) }
            #expect(seen == ["inference-0", "inference-1", "inference-2"])
        }
        try await inherited.shutdown()
        try await workers.shutdown()
    }

    @Test("At most as many jobs run as there are workers")
    func bounded() async throws {
        let pool = WorkerPool(name: "pool", workers: 3) { $0.queueCapacity = 8 }
        let running = Count()
        let most = Locked<[Int]>()
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<50 {
                        try await pool.submit {
                            most.append(running.add())
                            await Task.yield()
                            running.add(-1)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await pool.shutdown()
        #expect(most.value.allSatisfy { $0 <= 3 })
        #expect(pool.statistics.done == 400)
    }

    @Test("Blocking jobs run on threads of the pool, one for each worker")
    func blockingJobs() async throws {
        let pool = WorkerPool(name: "blocking", workers: 4) { $0.execution = .threads }
        let together = DispatchSemaphore(value: 0)
        var jobs: [JobHandle<Void>] = []
        for number in 0..<4 {
            jobs.append(
                try await pool.submit {
                    // None of the four can continue until all four have a thread at the same time.
                    if number == 3 { for _ in 0..<3 { together.signal() } } else { await block(on: together) }
                }
            )
        }
        for job in jobs { try await job.value }
        try await pool.shutdown()
    }

    @Test(
        "A job that throws passes its error to its handle and to onFailure in its own context, and the worker continues"
    )
    func throwingJob() async throws {
        let failures = Mutex<[(any Error, TraceID?)]>([])
        let pool = WorkerPool(name: "pool", workers: 1) {
            $0.onFailure = { error in failures.withLock { $0.append((error, LogContext.current.traceID)) } }
        }
        let context = LogContext.unique()
        await withLogContext(context) {
            _ = await #expect(throws: Failure.self) { try await pool.perform { throw Failure() } }
        }
        #expect(try await pool.perform { 3 } == 3)
        try await pool.shutdown()
        let seen = failures.withLock { $0 }
        #expect(seen.count == 1 && seen[0].0 is Failure && seen[0].1 == context.traceID)
        #expect(pool.statistics.failed == 1)
        #expect(pool.statistics.done == 1)
    }

    @Test("A cancelled waiting job never begins, a cancelled running job is notified, and the others are not")
    func cancellation() async throws {
        let pool = WorkerPool(name: "pool", workers: 1)
        let gate = Gate()
        let running = try await pool.submit {
            await gate.pass()
            return Task.isCancelled
        }
        await gate.arrivals(1)
        let began = Count()
        let waiting = try await pool.submit { began.add() }
        let after = try await pool.submit { Task.isCancelled }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        running.cancel()
        gate.open()
        #expect(try await running.value == true)
        #expect(try await after.value == false)
        running.cancel()
        try await pool.shutdown()
        #expect(began.value == 0)
        #expect(pool.statistics.cancelled == 1)
        #expect(pool.statistics.done == 2)
    }

    @Test("Cancelling the task that performs a job cancels the job and its child tasks")
    func performIsCancelled() async throws {
        let pool = WorkerPool(name: "pool", workers: 1)
        let began = Gate()
        let task = Task {
            try await pool.perform {
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        Task { await began.pass() }
                        try await untilCancelled()
                    }
                    try await group.waitForAll()
                }
            }
        }
        await began.arrivals(1)
        began.open()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await pool.perform { Task.isCancelled } == false)
        try await pool.shutdown()
        #expect(pool.statistics.cancelled == 1)
    }

    @Test("A thousand cancellations at random times lose no job and cancel no other job")
    func cancellationRaces() async throws {
        let pool = WorkerPool(name: "pool", workers: 2) { $0.queueCapacity = 16 }
        let strays = Count()
        let ends = Count()
        try await withThrowingTaskGroup { group in
            for number in 0..<1_000 {
                group.addTask {
                    let job = try await pool.submit {
                        await Task.yield()
                        if number % 2 == 0, Task.isCancelled { strays.add() }
                    }
                    if number % 2 == 1 { job.cancel() }
                    _ = await job.result
                    ends.add()
                }
            }
            try await group.waitForAll()
        }
        try await pool.shutdown()
        #expect(strays.value == 0)
        #expect(ends.value == 1_000)
        let statistics = pool.statistics
        #expect(statistics.done + statistics.cancelled == 1_000)
        #expect(statistics.done >= 500)
    }

    @Test("A registered value reaches a job, and the next job does not have it")
    func registeredValue() async {
        await #expect(processExitsWith: .success) {
            ContextSnapshot.register("tenant", Tenant.$current)
            let pool = WorkerPool(name: "pool", workers: 1)
            let seen = try await Tenant.$current.withValue("acme") { try await pool.perform { Tenant.current } }
            #expect(seen == "acme")
            #expect(try await pool.perform { Tenant.current } == "nobody")
        }
    }

    private enum Tenant {
        @TaskLocal static var current = "nobody"
    }
}

/// Blocks the thread, as a C library would.
private func block(on semaphore: DispatchSemaphore) async {
    func wait() { semaphore.wait() }
    wait()
}
