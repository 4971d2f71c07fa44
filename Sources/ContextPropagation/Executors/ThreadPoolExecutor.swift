internal import Dispatch

/// A task executor with its own threads, for work that blocks or computes for a long time.
///
/// When to use it: for blocking C libraries, inference and compression. Such calls hold a thread of Swift's cooperative
/// pool, which has only as many threads as the machine has cores. For a stream of such jobs use ``WorkerPool``, which
/// has a bounded queue. A task keeps all of its task-locals on this executor. Between two tasks the threads have no
/// context.
///
///     let inference = ThreadPoolExecutor(threads: 4, name: "inference")
///     let boxes = await inference.run { model.detect(frame) }          // this one call
///     Task(executorPreference: inference) { await serve(model) }       // a whole task and its children
///
/// The threads end when the last reference to the executor is gone. A task that prefers the executor holds a reference.
public final class ThreadPoolExecutor: TaskExecutor {
    /// The number of threads. It is less than requested if the system could not start more.
    public let threads: Int

    private let jobs = ThreadPoolJobs()

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - threads: The number of threads. A number below 1 counts as 1.
    ///   - name: The name that `top -H` and debuggers show for the threads, cut to 11 bytes and followed by a number.
    public init(threads: Int, name: String = "pool") {
        let prefix = String(decoding: name.utf8.prefix(11), as: UTF8.self)
        // The threads must not hold `self`: the executor would never be released, and the threads would never end.
        let jobs = jobs
        var started = 0
        while started < max(1, threads), NamedThread.start("\(prefix)-\(started)", { jobs.run() }) { started += 1 }
        self.threads = started
    }

    deinit {
        jobs.stop()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        guard threads > 0 else {
            // The system could not start a thread. Dispatch runs the job, because its task would otherwise never end.
            DispatchQueue.global().async { job.runSynchronously(on: executor) }
            return
        }
        jobs.add(ThreadPoolJobs.Job(job: job, executor: executor))
    }

    /// Runs `body` on one of the threads in the caller's context, and waits for its end. It leaves the caller's actor,
    /// even the main actor.
    ///
    /// - Throws: The error of `body`, with its own type.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @concurrent @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await withTaskExecutorPreference(self, operation: body)
    }
}
