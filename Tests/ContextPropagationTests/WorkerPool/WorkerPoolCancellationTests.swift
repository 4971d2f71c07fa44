import ContextPropagation
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
}
