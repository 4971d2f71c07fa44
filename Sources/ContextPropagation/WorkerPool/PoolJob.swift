import Synchronization

/// A job of a pool, whatever it returns.
class AnyPoolJob: WorkerPoolJob, @unchecked Sendable {
    // Unchecked because of `place` and `awaited`, which are read and written under the pool's lock alone, and because
    // there is an heir; all else is constant, or has a lock of its own.
    final var place = WorkerPoolJobPlace.ended
    final var awaited = 0

    final let submittedAt = MonotonicTime.now
    final let core: WorkerPoolCore

    /// The job inside of which this one was submitted; nil once this one has ended, so that jobs which submit each
    /// other keep nothing of those before.
    private let outer: Mutex<AnyPoolJob?>

    /// The job inside of which the code runs; its child tasks inherit it. No snapshot carries it: what a job hands to
    /// somebody else is not the job any more.
    @TaskLocal static var current: AnyPoolJob?

    /// The innermost job of that pool inside of which the code runs, jobs of other pools in between or not.
    static func current(of core: WorkerPoolCore) -> AnyPoolJob? {
        var job = current
        while let inner = job, inner.core !== core { job = inner.outer.withLock { $0 } }
        return job
    }

    /// Waits for something that a pool does. Meanwhile the job inside of which this runs, if there is one, leaves its
    /// place to another: all workers might wait for jobs that have none.
    static func waiting<Value>(_ wait: () async throws -> Value) async rethrows -> Value {
        guard let job = current else { return try await wait() }
        job.core.lend(job)
        defer { job.core.endLending(job) }
        return try await wait()
    }

    init(_ core: WorkerPoolCore) {
        self.core = core
        outer = Mutex(Self.current)
    }

    final func leave() {
        // Let go outside the lock: it may be the last reference.
        _ = outer.withLock { $0.take() }
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

final class PoolJob<Success: Sendable>: AnyPoolJob, @unchecked Sendable {
    let outcome = Promise<Result<Success, any Error>>()

    private struct Work {
        let snapshot: ContextSnapshot
        let body: @Sendable () async throws -> Success
    }

    private let taskID: String?
    /// What it holds of its submitter.
    private let work: Mutex<Work?>

    init(
        _ core: WorkerPoolCore,
        _ snapshot: ContextSnapshot,
        taskID: String?,
        _ work: @escaping @Sendable () async throws -> Success
    ) {
        self.taskID = taskID
        self.work = Mutex(Work(snapshot: snapshot, body: work))
        super.init(core)
    }

    override func run(_ workerTaskID: String?) async -> PoolJobRun {
        // Taken out, so that a handle that is kept does not keep what came from the submitter.
        guard let work = work.withLock({ $0.take() }) else { return await super.run(workerTaskID) }
        defer { leave() }
        // Cancelled when it had a worker, and that worker no thread yet.
        guard !Task.isCancelled else { return run(endedBy: .failure(CancellationError()), .cancelled) }
        let context = work.snapshot.logContext.child(taskID: taskID ?? workerTaskID)
        let (result, end) = await AnyPoolJob.$current.withValue(self) {
            await work.snapshot.with(context).run { await outcome(of: work.body) }
        }
        return run(endedBy: result, end)
    }

    private func run(endedBy result: Result<Success, any Error>, _ end: WorkerPoolJobEnd) -> PoolJobRun {
        PoolJobRun(end: end) { self.outcome.resolve(result) }
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
        _ = work.withLock { $0.take() }
        leave()
        outcome.resolve(.failure(error))
    }
}
