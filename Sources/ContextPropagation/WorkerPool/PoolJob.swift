import Synchronization

/// A job of a pool, of any result type.
class AnyPoolJob: WorkerPoolJob, @unchecked Sendable {
    // Unchecked because the class has a subclass, and because `place` and `waitingTasks` are protected only by the
    // pool's lock. Every other property is constant or has its own lock.
    final var place = WorkerPoolJobPlace.ended
    final var waitingTasks = 0

    final let submittedAt = MonotonicTime.now
    final let core: WorkerPoolCore

    /// The job inside which this one was submitted; nil once this one has ended, so that jobs that submit each other do
    /// not keep all earlier ones.
    var outer: AnyPoolJob? { nil }

    /// The job inside which the code runs. Its child tasks inherit it. No snapshot carries it, because work that a job
    /// passes to other code no longer belongs to the job.
    @TaskLocal static var current: AnyPoolJob?

    /// The innermost job of that pool inside which the code runs. Jobs of other pools may lie between.
    static func current(of core: WorkerPoolCore) -> AnyPoolJob? {
        var job = current
        while let inner = job, inner.core !== core { job = inner.outer }
        return job
    }

    /// Waits for an action of a pool. If this runs inside a job, the job releases its slot meanwhile, and takes a slot
    /// again before this returns.
    static func waiting<Value, Failure: Error>(
        _ wait: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard let job = current else { return try await wait() }
        job.core.beginWaiting(job)
        let result: Result<Value, Failure>
        do {
            result = .success(try await wait())
        } catch {
            result = .failure(error)
        }
        await job.core.endWaiting(job)
        return try result.get()
    }

    init(_ core: WorkerPoolCore) {
        self.core = core
    }

    /// Runs the job in a child of its submitter's context.
    func run(_ workerTaskID: String?) async -> PoolJobRun {
        PoolJobRun(end: .cancelled) {}
    }

    /// Cancels the task that runs the job, in the context of the job: its cancellation handlers run in this call.
    func cancel(_ task: Task<Void, Never>, workerTaskID: String?) {
        task.cancel()
    }

    /// Ends a job that will not run, or that nobody waits for.
    func resolve(_ error: any Error) {}
}

/// The way in which a job ended. `publish` notifies its waiters after the statistics have counted it.
struct PoolJobRun {
    let end: WorkerPoolJobEnd
    let publish: () -> Void
}

final class PoolJob<Success: Sendable>: AnyPoolJob, @unchecked Sendable {
    let outcome = Promise<Result<Success, any Error>>()

    private let taskID: String?
    private let contents: Mutex<Contents>

    /// The values that the job keeps of its submitter. All of them are released when the job has ended, so that a
    /// stored handle does not keep them.
    private struct Contents {
        var body: (@Sendable () async throws -> Success)?
        var outer: AnyPoolJob?
        /// The submitter's, until ``bindChild(_:)`` makes it the job's.
        var snapshot: ContextSnapshot?
        var isOfJob = false

        /// The snapshot in which the job runs: a child of the submitter's context.
        mutating func bindChild(_ taskID: String?) -> ContextSnapshot? {
            guard let snapshot, !isOfJob else { return snapshot }
            isOfJob = true
            let child = snapshot.with(snapshot.logContext.child(taskID: taskID))
            self.snapshot = child
            return child
        }
    }

    init(
        _ core: WorkerPoolCore,
        _ snapshot: ContextSnapshot,
        taskID: String?,
        _ body: @escaping @Sendable () async throws -> Success
    ) {
        self.taskID = taskID
        contents = Mutex(Contents(body: body, outer: Self.current, snapshot: snapshot))
        super.init(core)
    }

    override var outer: AnyPoolJob? { contents.withLock { $0.outer } }

    override func run(_ workerTaskID: String?) async -> PoolJobRun {
        let (body, snapshot) = contents.withLock { ($0.body.take(), $0.bindChild(taskID ?? workerTaskID)) }
        guard let body, let snapshot else { return await super.run(workerTaskID) }
        defer { letGo() }
        // Cancelled when it had a worker, but its worker had no thread yet.
        guard !Task.isCancelled else { return run(endedBy: .failure(CancellationError()), .cancelled) }
        let (result, end) = await AnyPoolJob.$current.withValue(self) {
            await snapshot.run { await outcome(of: body) }
        }
        return run(endedBy: result, end)
    }

    private func run(endedBy result: Result<Success, any Error>, _ end: WorkerPoolJobEnd) -> PoolJobRun {
        PoolJobRun(end: end) { self.outcome.resolve(result) }
    }

    private func outcome(
        of body: @Sendable () async throws -> Success
    ) async -> (Result<Success, any Error>, WorkerPoolJobEnd) {
        do {
            return (.success(try await body()), .done)
        } catch let error where error.isCancellation {
            return (.failure(error), .cancelled)
        } catch {
            core.configuration.onFailure?(error)
            return (.failure(error), .failed)
        }
    }

    override func cancel(_ task: Task<Void, Never>, workerTaskID: String?) {
        let snapshot = contents.withLock { $0.bindChild(taskID ?? workerTaskID) }
        guard let snapshot else { return task.cancel() }
        AnyPoolJob.$current.withValue(self) { snapshot.run { task.cancel() } }
    }

    override func resolve(_ error: any Error) {
        letGo()
        outcome.resolve(.failure(error))
    }

    private func letGo() {
        // Released outside the lock: these may be the last references.
        _ = contents.withLock { contents in
            defer { contents = Contents() }
            return contents
        }
    }
}
