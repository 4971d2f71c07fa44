import ContextPropagation
import Synchronization
import TestSupport
import Testing

@Suite("Worker pool: the queue and the end", .timeLimit(.minutes(10)))
struct WorkerPoolQueueTests {
    private struct Failure: Error {}

    /// A pool with a full queue, whose only worker waits at a gate.
    private func fullPool(
        _ capacity: Int = 1,
        _ configure: (inout WorkerPool.Configuration) -> Void = { _ in }
    ) async throws -> (WorkerPool, Gate) {
        let pool = WorkerPool(name: "full", workers: 1) {
            $0.queueCapacity = capacity
            configure(&$0)
        }
        let gate = Gate()
        try await pool.submit { await gate.pass() }
        await gate.arrivals(1)
        for _ in 0..<capacity { try pool.trySubmit {} }
        return (pool, gate)
    }

    /// Starts submissions and returns when they wait for room.
    private func suspendedSubmissions(_ count: Int, _ pool: WorkerPool) async {
        await until { pool.statistics.suspended >= count }
    }

    @Test("A full queue refuses trySubmit, and submit waits until there is room", arguments: [0, 1, 5])
    func fullQueue(capacity: Int) async throws {
        let (pool, gate) = try await fullPool(capacity)
        #expect(throws: WorkerPoolError(.full, pool: "full")) { try pool.trySubmit {} }
        let waiting = Task { try await pool.perform { 7 } }
        await suspendedSubmissions(1, pool)
        #expect(pool.statistics.queued == capacity)
        #expect(pool.statistics.refused == 1)
        gate.open()
        #expect(try await waiting.value == 7)
        try await pool.shutdown()
        #expect(pool.statistics.done == capacity + 2)
    }

    @Test("Waiting submissions are accepted in their order")
    func order() async throws {
        let (pool, gate) = try await fullPool()
        let order = Locked<[Int]>()
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<20 {
            tasks.append(Task { try await pool.perform { order.append(number) } })
            await suspendedSubmissions(number + 1, pool)
        }
        gate.open()
        for task in tasks { try await task.value }
        #expect(order.value == Array(0..<20))
        try await pool.shutdown()
    }

    @Test("A submission that is cancelled while it waits throws, and its job never runs")
    func cancelledSubmission() async throws {
        let (pool, gate) = try await fullPool()
        let ran = Count()
        let waiting = (0..<100).map { _ in Task { try await pool.submit { ran.add() } } }
        await suspendedSubmissions(100, pool)
        for task in waiting { task.cancel() }
        for task in waiting { await #expect(throws: CancellationError.self) { _ = try await task.value } }
        #expect(pool.statistics.suspended == 0)
        gate.open()
        try await pool.shutdown()
        #expect(ran.value == 0)
    }

    @Test("A job may submit to its own full pool and wait for the result")
    func submissionFromInside() async throws {
        let pool = WorkerPool(name: "tree", workers: 1) { $0.queueCapacity = 1 }
        @Sendable func sum(_ depth: Int) async throws -> Int {
            guard depth > 0 else { return 1 }
            async let left = pool.perform { try await sum(depth - 1) }
            async let right = pool.perform { try await sum(depth - 1) }
            return try await left + right
        }
        #expect(try await pool.perform { try await sum(6) } == 64)
        try await pool.shutdown()
        #expect(pool.statistics.done == 127)
    }

    @Test("A task that outlives its job waits for room like every other task")
    func submissionFromOutlivingTask() async throws {
        let pool = WorkerPool(name: "pool", workers: 1) { $0.queueCapacity = 1 }
        let gate = Gate()
        let outliving = try await pool.perform {
            Task {
                await gate.pass()
                try pool.trySubmit {}
            }
        }
        let blocked = Gate()
        try await pool.submit { await blocked.pass() }
        await blocked.arrivals(1)
        try pool.trySubmit {}
        gate.open()
        await #expect(throws: WorkerPoolError(.full, pool: "pool")) { try await outliving.value }
        blocked.open()
        try await pool.shutdown()
    }

    @Test("Submissions that wait during a shutdown throw, and accepted jobs run")
    func shutdownDuringSubmit() async throws {
        let (pool, gate) = try await fullPool(3)
        let waiting = (0..<10).map { _ in Task { try await pool.submit {} } }
        await suspendedSubmissions(10, pool)
        pool.triggerGracefulShutdown()
        for task in waiting {
            await #expect(throws: WorkerPoolError(.shutdown, pool: "full")) { _ = try await task.value }
        }
        await #expect(throws: WorkerPoolError(.shutdown, pool: "full")) { try await pool.submit {} }
        gate.open()
        try await pool.shutdown()
        #expect(pool.statistics.done == 4)
        #expect(pool.statistics.refused == 11)
    }

    @Test("During a shutdown in a storm of submissions, each job runs or its submission throws")
    func shutdownInStorm() async throws {
        for _ in 0..<20 {
            let pool = WorkerPool(name: "storm", workers: 2) { $0.queueCapacity = 4 }
            let ran = Count()
            let refused = Count()
            await withTaskGroup { group in
                for number in 0..<200 {
                    group.addTask {
                        if number == 100 { pool.triggerGracefulShutdown() }
                        do { try await pool.submit { ran.add() } } catch { refused.add() }
                    }
                }
            }
            try await pool.shutdown()
            #expect(ran.value + refused.value == 200)
            #expect(pool.statistics.done == ran.value)
            #expect(pool.statistics.refused == refused.value)
        }
    }

    @Test("Abort drops the waiting jobs, cancels the running ones, and returns when they have ended")
    func abort() async throws {
        let pool = WorkerPool(name: "pool", workers: 1) { $0.abandonAfter = .seconds(100) }
        let began = Gate()
        began.open()
        let running = try await pool.submit {
            await began.pass()
            try await untilCancelled()
        }
        await began.arrivals(1)
        let waiting = try await pool.submit {}
        try await pool.abort()
        await #expect(throws: CancellationError.self) { try await running.value }
        await #expect(throws: WorkerPoolError(.aborted, pool: "pool")) { try await waiting.value }
        let statistics = pool.statistics
        #expect([statistics.cancelled, statistics.aborted, statistics.accepted] == [1, 1, 2])
        #expect(throws: WorkerPoolError(.shutdown, pool: "pool")) { try pool.trySubmit {} }
    }

    @Test("A pool gives up a job that ignores its cancellation, and every waiter learns of it")
    func ignoredCancellation() async throws {
        let (pool, gate) = try await fullPool { $0.abandonAfter = .zero }
        let stuck = Task { try await pool.abort() }
        let error = await #expect(throws: WorkerPoolError.self) { try await stuck.value }
        #expect(error?.code == .abandoned && error?.jobs == 1)
        #expect(pool.statistics.abandoned == 1)
        #expect(pool.statistics.running == 0)
        gate.open()
    }

    @Test("The handle of a job that was given up throws too, and its late result is dropped")
    func abandonedHandle() async throws {
        let pool = WorkerPool(name: "pool", workers: 1) { $0.abandonAfter = .zero }
        let gate = Gate()
        let job = try await pool.submit { await gate.pass() }
        await gate.arrivals(1)
        await #expect(throws: WorkerPoolError.self) { try await pool.abort() }
        await #expect(throws: WorkerPoolError(.abandoned, pool: "pool")) { try await job.value }
        gate.open()
    }

    @Test("run ends after a cancellation when the accepted jobs are done")
    func runDrains() async throws {
        let (pool, gate) = try await fullPool(5)
        let service = Task { try await pool.run() }
        service.cancel()
        // This submission waits for room until the pool is shut down.
        await #expect(throws: WorkerPoolError(.shutdown, pool: "full")) { try await pool.submit {} }
        gate.open()
        try await service.value
        #expect(pool.statistics.done == pool.statistics.accepted)
    }

    @Test("After its grace period a cancelled run cancels the jobs")
    func runAborts() async throws {
        let pool = WorkerPool(name: "pool", workers: 1) {
            $0.gracePeriod = .zero
            $0.abandonAfter = .seconds(100)
        }
        let job = try await pool.submit { try await untilCancelled() }
        let service = Task { try await pool.run() }
        service.cancel()
        try await service.value
        await #expect(throws: CancellationError.self) { try await job.value }
    }

    @Test("A shutdown in a cancelled task still gives the jobs their grace period, and waits for them")
    func cancelledShutdown() async throws {
        let pool = WorkerPool(name: "pool", workers: 1) {
            $0.gracePeriod = .seconds(3600)
            $0.queueCapacity = 0
        }
        let gate = Gate()
        let job = try await pool.submit {
            await gate.pass()
            return Task.isCancelled
        }
        await gate.arrivals(1)
        let shutdown = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await pool.shutdown()
            return pool.statistics.done
        }
        await #expect(throws: WorkerPoolError(.shutdown, pool: "pool")) { try await pool.submit {} }
        gate.open()
        #expect(try await shutdown.value == 1)
        #expect(try await job.value == false)
    }

    @Test("Cancelling the task that waits for the end of a scoped pool cancels its jobs")
    func cancelledScope() async throws {
        let began = Gate()
        began.open()
        let scope = Task {
            try await withWorkerPool(.init(name: "scope", workers: 1)) { pool in
                try await pool.submit {
                    await began.pass()
                    try await untilCancelled()
                }
            }
        }
        await began.arrivals(1)
        scope.cancel()
        await #expect(throws: CancellationError.self) { try await scope.value.value }
    }

    @Test("A job that shuts down or aborts its own pool does not wait for itself")
    func endFromInside() async throws {
        let pool = WorkerPool(name: "pool", workers: 1)
        try await pool.perform { try await pool.shutdown() }
        try await pool.run()
        let other = WorkerPool(name: "pool", workers: 1) { $0.abandonAfter = .seconds(100) }
        try await other.perform { try await other.abort() }
        try await other.shutdown()
        #expect(other.statistics.done == 1)
    }

    @Test("An unused pool ends at once, and a pool may be ended twice")
    func unused() async throws {
        let pool = WorkerPool(name: "pool", workers: 0)
        var unused = WorkerPool.Statistics()
        unused.pool = "pool"
        #expect(pool.statistics == unused)
        try await pool.shutdown()
        try await pool.abort()
        try await pool.run()
    }

    @Test("A released pool runs the jobs that it has accepted")
    func dropped() async throws {
        let gate = Gate()
        var jobs: [JobHandle<Int>] = []
        do {
            let pool = WorkerPool(name: "pool", workers: 2) { $0.execution = .threads }
            for number in 0..<10 {
                jobs.append(
                    try await pool.submit {
                        await gate.pass()
                        return number
                    }
                )
            }
        }
        gate.open()
        for (number, job) in jobs.enumerated() { #expect(try await job.value == number) }
    }

    @Test("A scoped pool is drained when its body returns and aborted when it throws")
    func scoped() async throws {
        let done = Count()
        let result = try await withWorkerPool(.init(name: "scope", workers: 2)) { pool in
            for _ in 0..<20 { try await pool.submit { done.add() } }
            return "ended"
        }
        #expect(result == "ended")
        #expect(done.value == 20)
        await #expect(throws: Failure.self) {
            try await withWorkerPool(.init(name: "scope", workers: 1)) { pool in
                try await pool.submit { try await untilCancelled() }
                throw Failure()
            }
        }
    }

    @Test("The cancellation of a scoped pool's caller reaches the body first, and its jobs when the body has returned")
    func scopedCancellation() async throws {
        let events = Mutex<[String]>([])
        let began = Gate()
        let caller = Task {
            try await withWorkerPool(.init(name: "scope", workers: 1)) { pool in
                try await pool.submit {
                    began.open()
                    await withTaskCancellationHandler {
                        try? await untilCancelled()
                    } onCancel: {
                        events.withLock { $0.append("job cancelled") }
                    }
                }
                await began.pass()
                try? await untilCancelled()
                // The body may still wait for its jobs, which the cancellation has not reached.
                events.withLock { $0.append("body returns") }
            }
        }
        await began.pass()
        caller.cancel()
        try await caller.value
        #expect(events.withLock { $0 } == ["body returns", "job cancelled"])
    }

    @Test("Statistics are consistent, include the times, and print as OpenMetrics text")
    func statistics() async throws {
        let pool = WorkerPool(name: "say \"hi\"", workers: 2)
        for number in 0..<10 {
            let job = try await pool.submit { if number == 3 { throw Failure() } }
            _ = await job.result
        }
        try await pool.shutdown()
        let statistics = pool.statistics
        #expect(statistics.accepted == 10)
        #expect(statistics.done == 9)
        #expect(statistics.failed == 1)
        #expect(statistics.runTime.total > .zero)
        #expect(statistics.runTime.longest <= statistics.runTime.total)
        #expect(statistics.waitTime.longest <= statistics.waitTime.total)
        let text = statistics.openMetrics
        #expect(text.contains(#"worker_pool_jobs_total{end="done",pool="say \"hi\""} 9"#))
        #expect(text.contains(#"worker_pool_job_run_seconds_count{pool="say \"hi\""} 10"#))
    }
}
