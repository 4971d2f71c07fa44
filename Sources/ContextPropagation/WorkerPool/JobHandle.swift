/// A job that a ``WorkerPool`` has taken: gives its result, and cancels it.
///
/// The handle may be dropped. The job runs all the same, and the statistics of the pool count how it ended.
///
///     let job = try await pool.submit { try await resize(image) }
///     let thumbnail = try await job.value
public struct JobHandle<Success: Sendable>: Sendable {
    let job: PoolJob

    @usableFromInline
    init(job: PoolJob) {
        self.job = job
    }

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
            if let outcome = job.outcome.resolved { return Self.typed(outcome) }
            return Self.typed(await PoolJob.waiting { await job.outcome.value })
        }
    }

    private static func typed(_ outcome: PoolJob.Outcome) -> Result<Success, any Error> {
        // Unchecked, because a dynamic cast costs more than a short job. Only `submit` and `trySubmit` make handles,
        // and the body that they give to the job returns a `JobValue<Success>`.
        func typed<Stored>(_ stored: Stored) -> Success {
            withUnsafePointer(to: stored) {
                UnsafeRawPointer($0).assumingMemoryBound(to: JobValue<Success>.self).pointee.value
            }
        }
        return switch outcome {
        case .success(let stored): .success(typed(stored))
        case .failure(let error): .failure(error)
        }
    }

    /// Cancels the job. A job in the queue never begins. A running job finds that `Task.isCancelled` is true; if it
    /// does not look, it runs to its end, and ``value`` is its result.
    ///
    /// The cancellation handlers of the job run in this call, and in the context of the job. `Task.cancel()` cannot do
    /// that: bind the handlers of your own tasks with `LogContext.bind(_:)`.
    public func cancel() {
        job.core.cancel(job)
    }
}

/// The value of a job as ``PoolJob`` keeps it. A value in an `any Sendable` would lose its type if it is an
/// `any Sendable` itself.
@usableFromInline
struct JobValue<Success: Sendable>: Sendable {
    @usableFromInline let value: Success

    @inlinable
    init(value: Success) {
        self.value = value
    }
}
