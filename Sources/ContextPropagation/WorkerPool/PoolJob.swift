import Synchronization

/// A job of a pool.
///
/// It keeps its value without its type, and only ``JobHandle`` knows the type: in code that is generic over the type of
/// the value, every job would look up the same metadata many times.
@usableFromInline
final class PoolJob: WorkerPoolJob, @unchecked Sendable {
    // Unchecked because of three properties. `place` and `waitingTasks` are protected by the pool's lock, and only the
    // worker that runs the job uses `end`. For the same reasons they need no check of exclusivity at run time. Every
    // other property is constant or has its own lock.
    @exclusivity(unchecked) var place = WorkerPoolJobPlace.ended
    @exclusivity(unchecked) var waitingTasks = 0
    @exclusivity(unchecked) private var end: Outcome?

    /// How the job ended. (Each use of a `Result` in an optional would ask the runtime for its layout.)
    enum Outcome: Sendable {
        case success(any Sendable)
        case failure(any Error)
    }

    @usableFromInline typealias Body = @Sendable () async throws -> any Sendable

    let submittedAt = MonotonicTime.now
    let core: WorkerPoolCore
    let outcome = PromiseCell<Outcome>()

    private let taskID: String?
    private let contents: Mutex<Contents>
    /// Orders the making of the job before its run for Thread Sanitizer, which does not see every hand-over: the slow
    /// path of a `Mutex` and a continuation that is resumed before its task waits are in Swift's own libraries.
    private let isMade = Atomic<Bool>(false)

    /// The values that the job keeps of its submitter. All of them are released when the job has ended, so that a
    /// stored handle does not keep them.
    private struct Contents {
        var body: Body?
        /// The job inside which this one was submitted. Jobs that submit each other must not keep all earlier ones.
        var outer: PoolJob?
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

    init(_ core: WorkerPoolCore, _ snapshot: ContextSnapshot, taskID: String?, _ body: @escaping Body) {
        self.core = core
        self.taskID = taskID
        contents = Mutex(Contents(body: body, outer: Self.current, snapshot: snapshot))
        isMade.store(true, ordering: .releasing)
    }

    /// The job inside which the code runs. Its child tasks inherit it. No snapshot carries it, because work that a job
    /// passes to other code no longer belongs to the job.
    @TaskLocal static var current: PoolJob?

    /// The innermost job of that pool inside which the code runs. Jobs of other pools may lie between.
    static func current(of core: WorkerPoolCore) -> PoolJob? {
        var job = current
        while let inner = job, inner.core !== core { job = inner.contents.withLock { $0.outer } }
        return job
    }

    /// Runs the job in a child of its submitter's context. The result is that of ``publish()``.
    func run(_ workerTaskID: String?) async -> WorkerPoolJobEnd {
        _ = isMade.load(ordering: .acquiring)
        let (body, snapshot) = contents.withLock { ($0.body.take(), $0.bindChild(taskID ?? workerTaskID)) }
        guard let body, let snapshot else { return .cancelled }
        // Cancelled when it had a worker, but its worker had no thread yet.
        guard !Task.isCancelled else {
            end = .failure(CancellationError())
            return .cancelled
        }
        TaskLocalBinding.begin(Self.key, self, as: PoolJob?.self)
        defer { TaskLocalBinding.end() }
        guard snapshot.carried == nil else { return await snapshot.run { await end(of: body) } }
        TaskLocalBinding.begin(LogContext.currentKey, snapshot.logContext.storage, as: LogContext.self)
        defer { TaskLocalBinding.end() }
        return await end(of: body)
    }

    // Safe to share: only the address is used, and the task-local lives as long as the process.
    nonisolated(unsafe) private static let key = TaskLocalBinding.key(of: $current)

    @inline(__always)
    private func end(of body: Body) async -> WorkerPoolJobEnd {
        do {
            end = .success(try await body())
            return .done
        } catch {
            end = .failure(error)
            if error.isCancellation { return .cancelled }
            core.configuration.onFailure?(error)
            return .failed
        }
    }

    /// Notifies the waiters of a job that has run, after the statistics have counted it.
    func publish() {
        releaseContents()
        if let end = end.take() { outcome.resolve(end) }
    }

    /// Cancels the task that runs the job, in the context of the job: its cancellation handlers run in this call.
    func cancel(_ task: Task<Void, Never>, workerTaskID: String?) {
        let snapshot = contents.withLock { $0.bindChild(taskID ?? workerTaskID) }
        guard let snapshot else { return task.cancel() }
        Self.$current.withValue(self) { snapshot.run { task.cancel() } }
    }

    /// Ends a job that will not run, or that nobody waits for.
    func resolve(_ error: any Error) {
        releaseContents()
        outcome.resolve(.failure(error))
    }

    private func releaseContents() {
        // Released outside the lock: these may be the last references.
        _ = contents.withLock { contents in
            defer { contents = Contents() }
            return contents
        }
    }
}
