/// A job that a ``WorkerPool`` has taken: gives its result, and cancels it.
///
/// The handle may be dropped. The job runs all the same, and the statistics of the pool count how it ended.
///
///     let job = try await pool.submit { try await resize(image) }
///     let thumbnail = try await job.value
public struct JobHandle<Success: Sendable>: Sendable {
    let job: PoolJob<Success>

    /// The value that the job returns. Waits until the job has ended.
    ///
    /// A job that reads this, of any pool, releases its slot while it waits, so jobs may wait for each other.
    /// Cancelling the task that waits does not cancel the job; see ``cancel()`` and
    /// ``WorkerPool/perform(taskID:fileID:line:_:)``.
    ///
    /// - Throws: The error of the job; `CancellationError` if the job was cancelled before it began;
    ///   ``WorkerPoolError`` if the pool was aborted.
    public var value: Success {
        get async throws { try await result.get() }
    }

    /// The value or the error of the job. Waits until the job has ended; see ``value``.
    public var result: Result<Success, any Error> {
        get async {
            if let outcome = job.outcome.resolved { return outcome }
            return await AnyPoolJob.waiting { await job.outcome.value }
        }
    }

    /// Cancels the job. A job in the queue never begins. A running job finds that `Task.isCancelled` is true; if it
    /// does not look, it runs to its end, and ``value`` is its result.
    ///
    /// The cancellation handlers of the job run in this call, and in the context of the job. `Task.cancel()` cannot do
    /// that: bind the handlers of your own tasks with ``LogContext/bind(fileID:line:_:)-(()->Result)``.
    public func cancel() {
        job.core.cancel(job)
    }
}
