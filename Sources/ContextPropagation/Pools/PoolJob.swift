import Synchronization

/// A job of a pool, whatever it returns.
class PoolJob: WorkerPoolJob, @unchecked Sendable {
    // Unchecked because of `place` and `awaited`, which are read and written under the pool's lock alone, and because
    // there is an heir; all else is constant, or has a lock of its own.
    final var place = WorkerPoolJobPlace.ended
    final var awaited = 0

    final let submittedAt = MonotonicTime.now
    final let core: WorkerPoolCore

    /// The job inside of which the code runs; its child tasks inherit it.
    @TaskLocal static var current: PoolJob?

    init(_ core: WorkerPoolCore) {
        self.core = core
    }

    /// Runs the job in a child of its submitter's context.
    func run(_ workerTaskID: String?) async -> PoolJobRun {
        PoolJobRun(end: .cancelled) {}
    }

    /// Ends a job that will not run, or is not waited for.
    func resolve(_ error: any Error) {}
}

/// How a job ended, and what lets its waiters know: first it has to be in the statistics.
struct PoolJobRun {
    let end: WorkerPoolJobEnd
    let publish: () -> Void
}

final class PoolJobOf<Success: Sendable>: PoolJob, @unchecked Sendable {
    let outcome = Promise<Result<Success, any Error>>()

    private let snapshot: ContextSnapshot
    private let taskID: String?
    private let work: Mutex<(@Sendable () async throws -> Success)?>

    init(
        _ core: WorkerPoolCore,
        _ snapshot: ContextSnapshot,
        taskID: String?,
        _ work: @escaping @Sendable () async throws -> Success
    ) {
        self.snapshot = snapshot
        self.taskID = taskID
        self.work = Mutex(work)
        super.init(core)
    }

    override func run(_ workerTaskID: String?) async -> PoolJobRun {
        // Taken out, so that a handle that is kept does not keep what the closure holds.
        guard let work = work.withLock({ $0.take() }) else { return await super.run(workerTaskID) }
        let context = snapshot.logContext.child(taskID: taskID ?? workerTaskID)
        let (result, end) = await PoolJob.$current.withValue(self) {
            await snapshot.with(context).run { await outcome(of: work) }
        }
        return PoolJobRun(end: end) { self.outcome.resolve(result) }
    }

    private func outcome(
        of work: @Sendable () async throws -> Success
    ) async -> (Result<Success, any Error>, WorkerPoolJobEnd) {
        do {
            return (.success(try await work()), .done)
        } catch let error as CancellationError {
            return (.failure(error), .cancelled)
        } catch {
            core.configuration.onFailure?(error)
            return (.failure(error), .failed)
        }
    }

    override func resolve(_ error: any Error) {
        work.withLock { $0 = nil }
        outcome.resolve(.failure(error))
    }
}
