extension WorkerPool {
    /// Suspends until the pool has ended, and shuts it down in order when the task is cancelled.
    ///
    /// When to use it: in a program whose parts are tasks of one group. A pool works without it.
    ///
    /// When the task is cancelled, the pool takes no more jobs, gives the jobs that it has
    /// ``Configuration/gracePeriod`` to end, and then aborts like ``abort()``. Inside a job of this pool it returns
    /// immediately, because the job would wait for itself.
    ///
    /// - Throws: ``WorkerPoolError`` with the code `abandoned` if jobs were left running.
    public func run() async throws(WorkerPoolError) {
        try await withServiceShutdown { [core] in
            core.drain()
        } _: { () async throws(WorkerPoolError) in
            try await end(onCancel: { $0.drain(within: $0.configuration.gracePeriod) })
        }
    }

    /// Asks for a shutdown and returns immediately. The pool takes no more jobs and runs those that it has.
    ///
    /// Submissions that wait for a place throw ``WorkerPoolError`` with the code `shutdown`. Jobs of this pool may
    /// still submit to it, because other jobs may wait for theirs.
    public func triggerGracefulShutdown() {
        core.drain()
    }

    /// Takes no more jobs and suspends until the jobs that the pool has are done.
    ///
    /// Jobs of this pool may still submit to it. In a cancelled task it still waits, but the jobs then have only
    /// ``Configuration/gracePeriod`` before the pool aborts. To end immediately, use ``abort()``. Inside a job of this
    /// pool it returns immediately, because the job would wait for itself.
    ///
    /// - Throws: ``WorkerPoolError`` with the code `abandoned` if the pool was aborted and jobs were left running.
    public func shutdown() async throws(WorkerPoolError) {
        core.drain()
        try await end(onCancel: { $0.drain(within: $0.configuration.gracePeriod) })
    }

    /// Takes no more jobs, drops the jobs in the queue, cancels the running ones, and waits for those for at most
    /// ``Configuration/abandonAfter``.
    ///
    /// The handles of dropped jobs throw ``WorkerPoolError`` with the code `aborted`. The handles of jobs that do not
    /// end in time throw `abandoned`; their threads continue until the jobs end, because nothing can stop them. Inside
    /// a job of this pool it returns immediately, because the job would wait for itself.
    ///
    /// - Throws: ``WorkerPoolError`` with the code `abandoned` if jobs were left running.
    public func abort() async throws(WorkerPoolError) {
        core.abort()
        try await end(onCancel: { _ in })
    }

    fileprivate func end(onCancel: @escaping @Sendable (WorkerPoolCore) -> Void) async throws(WorkerPoolError) {
        guard !core.isInside else { return }
        await withTaskCancellationHandler {
            await core.untilEnded()
        } onCancel: { [core] in
            onCancel(core)
        }
        try core.checkAbandoned()
    }
}

/// Runs `body` with a pool that ends together with it: shut down when `body` returns, aborted when `body` throws.
///
/// When to use it: for a pool that only one function needs.
///
/// The cancellation of the calling task first reaches only `body`, which may still need its jobs, for example to drain.
/// Once `body` has returned, the pool is aborted as by ``WorkerPool/abort()``: jobs that still run are cancelled, and
/// jobs in the queue are dropped. A job of ``WorkerPool/perform(taskID:fileID:line:_:)`` is cancelled with its caller.
///
///     try await withWorkerPool(.init(name: "thumbnails", workers: 8)) { pool in
///         for image in images { try await pool.submit { try await resize(image) } }
///     }
///
/// - Throws: The error of `body`; else ``WorkerPoolError`` with the code `abandoned` if the calling task was cancelled
///   and jobs were left running.
public func withWorkerPool<Result>(
    _ configuration: WorkerPool.Configuration,
    _ body: nonisolated(nonsending) (WorkerPool) async throws -> Result
) async throws -> Result {
    let pool = WorkerPool(configuration)
    let result: Result
    do {
        result = try await body(pool)
    } catch {
        try? await pool.abort()
        throw error
    }
    pool.triggerGracefulShutdown()
    try await pool.end(onCancel: { $0.abort() })
    return result
}
