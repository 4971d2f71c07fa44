public import Dispatch

/// A task executor that runs tasks on a Dispatch queue, off Swift's cooperative pool.
///
/// When to use it: for work that must run on a queue that other code uses too. For blocking or CPU-heavy work with its
/// own number of threads use ``ThreadPoolExecutor``. A task keeps all of its task-locals on this executor.
///
///     let disk = DispatchQueueExecutor(DispatchQueue(label: "disk"))
///     let bytes = try await disk.run { try readWholeFile(path) }
///
/// The queue may be serial or concurrent. A suspended queue suspends its tasks.
public final class DispatchQueueExecutor: TaskExecutor {
    /// The queue on which tasks run.
    public let queue: DispatchQueue

    /// Makes an executor that runs tasks on `queue`.
    public init(_ queue: DispatchQueue) {
        self.queue = queue
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body` on this executor in the caller's context, and waits for its end. It leaves the caller's actor, even
    /// the main actor.
    ///
    /// - Throws: The error of `body`, with its own type.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @concurrent @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await withTaskExecutorPreference(self, operation: body)
    }
}
