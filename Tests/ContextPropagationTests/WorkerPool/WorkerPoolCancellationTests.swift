import ContextPropagation
import Dispatch
import Synchronization
import TestSupport
import Testing

@Suite("Worker pool: cancellation handlers", .timeLimit(.minutes(10)))
struct WorkerPoolCancellationTests {
    enum Canceller: CaseIterable {
        case handle, abort, gracePeriod, performingTask
    }

    @Test("The cancellation handlers of a job run in the job's context", arguments: Canceller.allCases)
    func handlers(canceller: Canceller) async throws {
        let pool = WorkerPool(name: "pool", workers: 1) {
            $0.gracePeriod = .zero
            $0.abandonAfter = .seconds(100)
            $0.taskIDs = .worker
        }
        let seen = Mutex<(own: LogContext, handler: LogContext)?>(nil)
        let began = Gate()
        began.open()
        @Sendable func work() async throws {
            let own = LogContext.current
            let cancelled = Gate()
            await withTaskCancellationHandler {
                await began.pass()
                await cancelled.pass()
            } onCancel: {
                seen.withLock { $0 = (own, .current) }
                cancelled.open()
            }
            try Task.checkCancellation()
        }
        let submitter = LogContext.unique()
        let performing = Task {
            try await withLogContext(submitter) {
                if canceller == .performingTask { return try await pool.perform(work) }
                let job = try await pool.submit(work)
                if canceller == .handle {
                    await began.arrivals(1)
                    withLogContext(.unique("canceller")) { job.cancel() }
                }
                try await job.value
            }
        }
        await began.arrivals(1)
        await withLogContext(.unique("canceller")) {
            switch canceller {
            case .handle: break
            case .abort: try? await pool.abort()
            case .gracePeriod:
                let service = Task { try await pool.run() }
                service.cancel()
                try? await service.value
            case .performingTask: performing.cancel()
            }
        }
        await #expect(throws: CancellationError.self) { try await performing.value }
        let contexts = try #require(seen.withLock { $0 })
        #expect(contexts.own.traceID == submitter.traceID)
        #expect(contexts.handler.spanID == contexts.own.spanID)
        #expect(contexts.handler == contexts.own)
        #expect(contexts.own.taskID == "pool-0")
    }

    /// Stops the thread that makes the first task, while the task runs.
    private final class DelayingExecutor: TaskExecutor {
        let mayReturn = DispatchSemaphore(value: 0)
        private let queue = DispatchQueue(label: "delayed")
        private let isFirst = Atomic<Bool>(true)

        func enqueue(_ job: consuming ExecutorJob) {
            // Before the task runs, because it comes here again.
            let isFirst = isFirst.exchange(false, ordering: .relaxed)
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
            if isFirst { mayReturn.wait() }
        }
    }

    @Test("A job that is cancelled before its worker's task is known runs its handlers in its own context")
    func unknownTask() async throws {
        let executor = DelayingExecutor()
        let pool = WorkerPool(name: "pool", workers: 1) { $0.execution = .executor(executor) }
        let firstBegan = Gate()
        let gate = Gate()
        let submitted = Gate()
        let first = LogContext.unique("first")
        DispatchQueue(label: "submitter").async {
            withLogContext(first) {
                _ = try? pool.trySubmit {
                    firstBegan.open()
                    await gate.pass()
                }
            }
            submitted.open()
        }
        await firstBegan.pass()
        let handler = Mutex<LogContext?>(nil)
        let began = Gate()
        let second = LogContext.unique("second")
        let job = try await withLogContext(second) {
            try await pool.submit {
                let cancelled = Gate()
                await withTaskCancellationHandler {
                    began.open()
                    await cancelled.pass()
                } onCancel: {
                    handler.withLock { $0 = .current }
                    cancelled.open()
                }
                try Task.checkCancellation()
            }
        }
        gate.open()
        await began.pass()
        job.cancel()
        executor.mayReturn.signal()
        await submitted.pass()
        await #expect(throws: CancellationError.self) { try await job.value }
        #expect(handler.withLock { $0 }?.traceID == second.traceID)
        try await pool.shutdown()
    }
}
