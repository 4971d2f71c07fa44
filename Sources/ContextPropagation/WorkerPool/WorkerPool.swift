/// Long-lived workers with a bounded queue, whose jobs run in the context of their submitters.
///
/// When to use it: for a stream of jobs from many places with one bound on how many run and how many wait: inference,
/// thumbnails, uploads. For one collection whose results are wanted together use `fanOut`.
///
///     let inference = WorkerPool(name: "inference", workers: 4) { $0.execution = .threads; $0.taskIDs = .worker }
///     let job = try await inference.submit {
///         log.info("frame inferred")                  // the submitter's trace, a span of its own, task_id inference-3
///         return model.detect(frame)
///     }
///     let boxes = try await job.value
///
/// Each job runs in a *child* of its submitter's context, captured by `submit`: the same trace, a new span, the
/// submitter's as its parent. Workers start in the context of the process and are in no job's context between two jobs,
/// also when a job throws or is cancelled.
///
/// | what happens | what comes of it |
/// |---|---|
/// | a job throws | its handle throws it, `statistics.failed` counts it, `onFailure` sees it; the worker goes on |
/// | a job ignores its cancellation | it goes on; ``abort()`` waits `abandonAfter`, then it and the handle throw `abandoned` |
/// | the queue is full | `submit` waits, `trySubmit` throws `full` |
/// | a job submits to its own pool, which is full or drains | it is taken all the same, since the job might wait for it: what jobs submit is not bounded, and can keep a drain from ending |
/// | shut down while a submission waits | that submission throws `shutdown`, and its job does not run |
/// | a job waits for another, of this pool or another | one more worker runs meanwhile; over a bridge or a detached task nobody sees that it waits |
/// | the pool is dropped | it takes no more jobs; those that it has run to their end |
public final class WorkerPool: Sendable {
    let core: WorkerPoolCore

    /// How the pool works.
    public var configuration: Configuration { core.configuration }

    /// What the pool has done so far.
    public var statistics: Statistics { core.statistics }

    /// A pool that takes jobs at once. Its workers start with the first jobs.
    public init(_ configuration: Configuration) {
        core = WorkerPoolCore(configuration)
    }

    /// A pool of that name with that many workers.
    ///
    /// - Parameters:
    ///   - name: Stands in errors, statistics and, if asked, `task_id`.
    ///   - workers: How many jobs run at once.
    ///   - configure: Changes the rest.
    public convenience init(name: String, workers: Int, _ configure: (inout Configuration) -> Void = { _ in }) {
        var configuration = Configuration(name: name, workers: workers)
        configure(&configuration)
        self.init(configuration)
    }

    deinit {
        core.drain()
    }
}

extension WorkerPool {
    /// Hands a job to the pool, and waits for a place in the queue where it is full.
    ///
    /// When to use it: wherever the submitter can wait, which is what keeps memory flat. From a synchronous place, or
    /// to shed load, use ``trySubmit(taskID:fileID:line:_:)``; to have the result at once
    /// ``perform(taskID:fileID:line:_:)``.
    ///
    /// - Parameters:
    ///   - taskID: Stands as `task_id` on the job's lines, in place of what ``Configuration/taskIDs`` says.
    ///   - fileID: The place, which a leak check names; leave it out.
    ///   - line: The place, which a leak check names; leave it out.
    ///   - work: Runs once, on a worker.
    /// - Returns: A handle, which may be dropped.
    /// - Throws: ``WorkerPoolError`` `shutdown`; `CancellationError` when the calling task was cancelled while it
    ///   waited. The job does not run then.
    @discardableResult
    public func submit<Success: Sendable>(
        taskID: String? = nil,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ work: @escaping @Sendable () async throws -> Success
    ) async throws -> JobHandle<Success> {
        let job = PoolJob(core, .capture(.current, fileID, line), taskID: taskID, work)
        try await core.submit(job)
        return JobHandle(job: job)
    }

    /// Hands a job to the pool if there is a place for it now; see ``submit(taskID:fileID:line:_:)``.
    ///
    /// - Throws: ``WorkerPoolError`` `full` or `shutdown`. The job does not run then.
    @discardableResult
    public func trySubmit<Success: Sendable>(
        taskID: String? = nil,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ work: @escaping @Sendable () async throws -> Success
    ) throws(WorkerPoolError) -> JobHandle<Success> {
        let job = PoolJob(core, .capture(.current, fileID, line), taskID: taskID, work)
        try core.trySubmit(job)
        return JobHandle(job: job)
    }

    /// Hands a job to the pool and waits for what it returns. Cancelling the calling task cancels the job.
    ///
    /// - Throws: What the job throws, and what ``submit(taskID:fileID:line:_:)`` throws.
    public func perform<Success: Sendable>(
        taskID: String? = nil,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ work: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        let job = try await submit(taskID: taskID, fileID: fileID, line: line, work)
        return try await withTaskCancellationHandler {
            try await job.value
        } onCancel: {
            job.cancel()
        }
    }
}
