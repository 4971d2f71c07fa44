extension WorkerPool {
    /// Waits until the pool has been shut down and has ended: the pool as a service.
    ///
    /// When the task is cancelled the pool takes no more jobs, runs those that it has for
    /// ``Configuration/gracePeriod``, and then aborts as ``abort()`` does. A pool works without it; it is for programs
    /// that end in order.
    ///
    /// - Throws: ``WorkerPoolError`` `abandoned` when jobs were left running.
    public func run() async throws(WorkerPoolError) {
        try await end(onCancel: { $0.drain(within: $0.configuration.gracePeriod) })
    }

    /// Takes no more jobs and returns at once; those that it has run to their end. Submissions that wait throw
    /// `shutDown`.
    public func shutDown() {
        core.drain()
    }

    /// Takes no more jobs, but those that its jobs submit, and waits until all are done. Cancelling the calling task
    /// aborts the pool.
    ///
    /// Inside a job of this pool it does not wait, which would be for itself.
    ///
    /// - Throws: ``WorkerPoolError`` `abandoned` when it was aborted and jobs were left running.
    public func drain() async throws(WorkerPoolError) {
        core.drain()
        try await end(onCancel: { $0.abort() })
    }

    /// Takes no more jobs, drops those in the queue, cancels those that run, and waits for them, at most
    /// ``Configuration/abandonAfter``.
    ///
    /// The handles of dropped jobs throw `aborted`, those of jobs that do not end in time throw `abandoned`. The thread
    /// of such a job goes on until the job ends: nothing can stop it. Inside a job of this pool it does not wait.
    ///
    /// - Throws: ``WorkerPoolError`` `abandoned` when jobs were left running.
    public func abort() async throws(WorkerPoolError) {
        core.abort()
        try await end(onCancel: { _ in })
    }

    private func end(onCancel: @escaping @Sendable (WorkerPoolCore) -> Void) async throws(WorkerPoolError) {
        guard !core.isInside else { return }
        await withTaskCancellationHandler {
            await core.hasEnded()
        } onCancel: { [core] in
            onCancel(core)
        }
        try await core.end()
    }
}

/// Runs `body` with a pool that ends with it: drained when `body` returns, aborted when it throws.
///
///     let sizes = try await withWorkerPool(.init(name: "thumbnails", workers: 8)) { pool in
///         for image in images { try await pool.submit { try await resize(image) } }
///     }
///
/// - Throws: What `body` throws; else ``WorkerPoolError`` `abandoned` when the calling task was cancelled and jobs were
///   left running.
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
    try await pool.drain()
    return result
}
