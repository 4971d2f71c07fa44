/// A pool that runs at most `workers` jobs at the same time, keeps a bounded queue, and runs each job in the context of
/// its submitter.
///
/// When to use it: for jobs that come from many callers and share one bound on how many run and how many wait:
/// inference, thumbnails, uploads. For one collection whose results you want together, use `fanOut`.
///
///     let inference = WorkerPool(name: "inference", workers: 4) { $0.execution = .threads; $0.taskIDs = .worker }
///     let job = try await inference.submit {
///         log.info("frame inferred")                  // the submitter's trace, a new span, task_id inference-3
///         return model.detect(frame)
///     }
///     let boxes = try await job.value
///
/// **Context.** Each job runs in a *child* of the context that `submit` captured: the same trace, and a new span whose
/// parent is the submitter's. Workers start in the context of the process. Between two jobs they have no job's context,
/// even after a job throws or is cancelled.
///
/// **The bound.** A job counts as running when it has begun, has not ended, and does not wait for a pool. A job waits
/// for a pool while one of its tasks waits for a job's result (`perform`, ``JobHandle/value``), for room in a queue
/// (`submit`), or for the end of a pool (``shutdown()``, ``run()``, ``abort()``, ``withWorkerPool(_:_:)``). Meanwhile
/// another job may run in its place, so jobs of several pools may wait for each other. Before the job continues, it
/// waits until fewer than `workers` jobs run; it takes precedence over jobs that have not begun. If several tasks of a
/// job wait, the last of them to come back waits for this. A job that sleeps, awaits a stream, or blocks counts as
/// running.
///
/// | event | result |
/// |---|---|
/// | a job throws | its handle throws the error, `statistics.failed` counts it, `onFailure` gets it; the worker continues |
/// | a job ignores its cancellation | it continues; ``abort()`` waits for `abandonAfter`, then it and the handle throw `abandoned` |
/// | the queue is full | `submit` waits, `trySubmit` throws `full` |
/// | a job submits to its own pool, which is full or shuts down | the pool takes the job, because the submitter might wait for it: such jobs are not bounded, and can keep a shutdown from ending |
/// | the pool is shut down while a submission waits | the submission throws `shutdown`, and its job does not run |
/// | a job waits for a pool inside a bridge or a detached task | the pool does not see that it waits: the job counts as running |
/// | jobs of two pools each wait for the end of the other pool | neither pool ends; abort one of them |
/// | nobody refers to the pool any more | it runs the jobs that it has, then ends |
public final class WorkerPool: Sendable {
    @usableFromInline let core: WorkerPoolCore

    /// The settings of the pool.
    public var configuration: Configuration { core.configuration }

    /// The numbers of the pool at this moment.
    public var statistics: Statistics { core.statistics }

    /// Makes a pool that takes jobs immediately. Its workers start with the first jobs.
    public init(_ configuration: Configuration) {
        core = WorkerPoolCore(configuration)
    }

    /// Makes a pool of that name with that many workers.
    ///
    /// - Parameters:
    ///   - name: The name in errors, in statistics and, if asked for, in `task_id`.
    ///   - workers: The largest number of jobs that run at the same time.
    ///   - configure: Changes the other settings.
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
    /// Gives a job to the pool, and waits for room in the queue if the queue is full.
    ///
    /// When to use it: wherever the submitter can wait, which keeps memory flat. From synchronous code, or to shed
    /// load, use ``trySubmit(taskID:fileID:line:_:)``; to get the result directly, use
    /// ``perform(taskID:fileID:line:_:)``.
    ///
    /// - Parameters:
    ///   - taskID: The `task_id` of the job's lines. If nil, ``Configuration/taskIDs`` decides.
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    ///   - work: Runs once, on a worker.
    /// - Returns: A handle, which may be dropped.
    /// - Throws: ``WorkerPoolError`` with the code `shutdown`; `CancellationError` if the calling task was cancelled
    ///   while it waited. In both cases the job does not run.
    @inlinable
    @discardableResult
    public func submit<Success: Sendable>(
        taskID: String? = nil,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ work: @escaping @Sendable () async throws -> Success
    ) async throws -> JobHandle<Success> {
        let job = core.job(taskID, fileID, line) { JobValue(value: try await work()) }
        if try !core.takes(job) { try await core.submitWaiting(job) }
        return JobHandle(job: job)
    }

    /// Gives a job to the pool if there is a place for it now; see ``submit(taskID:fileID:line:_:)``.
    ///
    /// - Throws: ``WorkerPoolError`` with the code `full` or `shutdown`. The job does not run then.
    @inlinable
    @discardableResult
    public func trySubmit<Success: Sendable>(
        taskID: String? = nil,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ work: @escaping @Sendable () async throws -> Success
    ) throws(WorkerPoolError) -> JobHandle<Success> {
        let job = core.job(taskID, fileID, line) { JobValue(value: try await work()) }
        try core.trySubmit(job)
        return JobHandle(job: job)
    }

    /// Gives a job to the pool and returns its value. Cancelling the calling task cancels the job.
    ///
    /// - Throws: The error of the job, and the errors of ``submit(taskID:fileID:line:_:)``.
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
