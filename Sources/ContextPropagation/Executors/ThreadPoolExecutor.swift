internal import Dispatch
import Synchronization

/// A task executor with threads of its own, for work that blocks or computes for long.
///
/// When to use it: for calls that would hold a thread of Swift's cooperative pool, which has no more of them than the
/// machine has cores: blocking C libraries, inference, compression. For a stream of such jobs use ``WorkerPool``, which
/// has a bounded queue. A task keeps all its task-locals on it, ours and everybody's; between two tasks its threads are
/// in no context.
///
///     let inference = ThreadPoolExecutor(threads: 4, name: "inference")
///     let boxes = await inference.run { model.detect(frame) }          // this one call
///     Task(executorPreference: inference) { await serve(model) }       // a whole task and its children
///
/// Its threads end when nothing refers to it any more; a task that prefers it does.
public final class ThreadPoolExecutor: TaskExecutor {
    /// How many threads it has: what was asked for, or fewer where the system gave no more.
    public let threads: Int

    private let jobs = ThreadPoolJobs()

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - threads: How many; less than 1 is 1.
    ///   - name: What `top -H` and debuggers show, with a number behind it; of more than 11 bytes the first are taken.
    public init(threads: Int, name: String = "pool") {
        let prefix = String(decoding: name.utf8.prefix(11), as: UTF8.self)
        // Not `self`: the threads would keep the executor, and never end.
        let jobs = jobs
        var started = 0
        while started < max(1, threads), NamedThread.start("\(prefix)-\(started)", { jobs.run() }) { started += 1 }
        self.threads = started
    }

    deinit {
        jobs.stop(threads: threads)
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        guard threads > 0 else {
            // The system has no thread left. A job that is not run would never end, so Dispatch gets it.
            DispatchQueue.global().async { job.runSynchronously(on: executor) }
            return
        }
        jobs.add(ThreadPoolJobs.Job(job: job, executor: executor))
    }

    /// Runs `body` on one of the threads and waits for it, in the context of the caller; from the main actor too.
    ///
    /// - Throws: What `body` throws, in its own type.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @concurrent @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await withTaskExecutorPreference(self, operation: body)
    }
}

/// The jobs of one pool that wait for a thread. The threads hold this and not the executor, so that it can end.
private final class ThreadPoolJobs: Sendable {
    struct Job: Sendable {
        let job: UnownedJob
        let executor: UnownedTaskExecutor
    }

    private let waiting = Mutex(RingBuffer<Job>())
    /// Counts the jobs, and one more for each thread that is to end.
    private let available = DispatchSemaphore(value: 0)

    func add(_ job: Job) {
        waiting.withLock { $0.append(job) }
        available.signal()
    }

    /// Lets each thread end once the jobs that wait are run.
    func stop(threads: Int) {
        for _ in 0..<threads { available.signal() }
    }

    func run() {
        while true {
            available.wait()
            guard let next = waiting.withLock({ $0.popFirst() }) else { return }
            next.job.runSynchronously(on: next.executor)
        }
    }
}
