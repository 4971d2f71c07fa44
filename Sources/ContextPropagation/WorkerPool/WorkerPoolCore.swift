import Synchronization

/// The part of a pool that its workers and handles share. The workers keep it alive, and not the pool, so that a pool
/// that nobody refers to ends.
@usableFromInline
final class WorkerPoolCore: Sendable {
    typealias Admission = Promise<Result<Void, any Error>>
    // Unsafe for the same reason as `Parked`. The state returns each returner once, to the call that resumes it.
    typealias State = WorkerPoolState<PoolJob, Admission, UnsafeContinuation<Void, Never>>

    let configuration: WorkerPool.Configuration
    let shared: ForkSafeMutex<Shared>
    /// The number of jobs that were left running.
    let ended = Promise<Int>()
    let timer = Mutex<Task<Void, Never>?>(nil)

    struct Shared {
        var state: State
        /// Released when the pool has ended, so that a handle that is kept keeps no threads.
        var executor: (any TaskExecutor)?
        /// The parked workers and the tasks of the workers, by the number of the worker.
        private var workers: [(parked: Parked?, task: Task<Void, Never>?)] = []

        init(state: State, executor: (any TaskExecutor)?) {
            self.state = state
            self.executor = executor
        }

        func task(of worker: Int) -> Task<Void, Never>? {
            worker < workers.count ? workers[worker].task : nil
        }

        mutating func set(_ task: Task<Void, Never>?, of worker: Int) {
            while workers.count <= worker { workers.append((nil, nil)) }
            workers[worker].task = task
        }

        mutating func park(_ worker: Int, _ continuation: Parked) {
            while workers.count <= worker { workers.append((nil, nil)) }
            workers[worker].parked = continuation
        }

        mutating func unpark(_ worker: Int) -> Parked? {
            worker < workers.count ? workers[worker].parked.take() : nil
        }
    }

    init(_ configuration: WorkerPool.Configuration) {
        self.configuration = configuration
        let state = State(slotCount: configuration.workers, capacity: configuration.queueCapacity)
        let executor = configuration.execution.executor(for: configuration)
        // A forked child has none of the workers, so it cannot use the state.
        shared = ForkSafeMutex(Shared(state: state, executor: executor), isHeldOverFork: false)
    }

    var statistics: WorkerPool.Statistics {
        var statistics = shared.withLock { $0.state.statistics }
        statistics.pool = configuration.name
        return statistics
    }

    /// Whether the code runs inside a job of this pool.
    var isInside: Bool {
        guard let job = PoolJob.current(of: self) else { return false }
        return shared.withLock { $0.state.hasBegun(job) }
    }

    /// The `task_id` of jobs that run on this worker, if the worker gives one.
    func taskID(of worker: Int) -> String? {
        configuration.taskIDs == .worker ? "\(configuration.name)-\(worker)" : nil
    }

    func error(_ code: WorkerPoolError.Code, jobs: Int = 1) -> WorkerPoolError {
        WorkerPoolError(code, pool: configuration.name, jobs: jobs)
    }
}
