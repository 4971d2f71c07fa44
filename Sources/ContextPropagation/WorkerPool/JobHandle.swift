/// A job that a ``WorkerPool`` has taken: what it returns, and the way to cancel it.
///
/// The handle may be dropped; the job runs all the same, and the pool's statistics count how it ended.
public struct JobHandle<Success: Sendable>: Sendable {
    let job: PoolJob<Success>

    /// What the job returns, once it has ended.
    ///
    /// Inside another job, of this pool or another, one more worker of that one's pool runs while it waits, so that
    /// jobs may wait for each other. Cancelling the task that waits does not cancel the job; see ``cancel()`` and
    /// ``WorkerPool/perform(taskID:fileID:line:_:)``.
    ///
    /// - Throws: What the job throws; `CancellationError` when it was cancelled before it began; ``WorkerPoolError``
    ///   when the pool was aborted.
    public var value: Success {
        get async throws { try await result.get() }
    }

    /// What the job returns or throws, once it has ended; see ``value``.
    public var result: Result<Success, any Error> {
        get async {
            if let outcome = job.outcome.resolved { return outcome }
            return await AnyPoolJob.waiting { await job.outcome.value }
        }
    }

    /// Cancels the job: one that waits for a worker never begins, one that runs finds `Task.isCancelled`. A job that
    /// does not look goes on to its end, and ``value`` is what it returns.
    public func cancel() {
        job.core.cancel(job)
    }
}
