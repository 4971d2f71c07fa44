import Synchronization

/// The part of a pool that its workers and handles share. The workers keep it alive, and not the pool, so that a pool
/// that nobody refers to ends.
final class WorkerPoolCore: Sendable {
    typealias Admission = Promise<Result<Void, any Error>>
    typealias State = WorkerPoolState<AnyPoolJob, Admission, CheckedContinuation<Void, Never>>

    let configuration: WorkerPool.Configuration
    let shared: Mutex<Shared>
    /// The number of jobs that were left running.
    let ended = Promise<Int>()
    let timer = Mutex<Task<Void, Never>?>(nil)

    struct Shared {
        var state: State
        /// Released when the pool has ended, so that a handle that is kept keeps no threads.
        var executor: (any TaskExecutor)?
        var parked: [Int: CheckedContinuation<AnyPoolJob?, Never>] = [:]
        var tasks: [Int: Task<Void, Never>] = [:]
    }

    init(_ configuration: WorkerPool.Configuration) {
        self.configuration = configuration
        let state = State(workers: configuration.workers, capacity: configuration.queueCapacity)
        shared = Mutex(Shared(state: state, executor: configuration.execution.executor(for: configuration)))
    }

    var statistics: WorkerPool.Statistics {
        var statistics = shared.withLock { $0.state.statistics }
        statistics.pool = configuration.name
        return statistics
    }

    /// Whether the code runs inside a job of this pool.
    var isInside: Bool {
        guard let job = AnyPoolJob.current(of: self) else { return false }
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
