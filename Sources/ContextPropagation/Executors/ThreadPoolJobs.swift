internal import Dispatch
import Synchronization

/// The jobs of one ``ThreadPoolExecutor`` that wait for a thread. The threads hold this object and not the executor, so
/// that the executor can be released.
final class ThreadPoolJobs: Sendable {
    struct Job: Sendable {
        let job: UnownedJob
        let executor: UnownedTaskExecutor
    }

    // A forked child has none of the threads, so it cannot use the state.
    private let state = ForkSafeMutex(ThreadPoolState<Job>(), isHeldOverFork: false)
    /// Counts the threads that were woken and do not know it yet.
    private let wakes = DispatchSemaphore(value: 0)

    func add(_ job: Job) {
        if state.withLock({ $0.add(job) }) { wakes.signal() }
    }

    /// Makes each thread end after the waiting jobs have run.
    func stop() {
        let sleeping = state.withLock { $0.stop() }
        for _ in 0..<sleeping { wakes.signal() }
    }

    /// Runs jobs on the calling thread until the pool stops.
    func run() {
        var isSearching = false
        while true {
            let turn = state.withLock { [isSearching] in $0.next(isSearching: isSearching) }
            if turn.wakesAnother { wakes.signal() }
            switch turn.step {
            case .run(let next):
                isSearching = false
                next.job.runSynchronously(on: next.executor)
            case .sleep:
                wakes.wait()
                isSearching = true
            case .end: return
            }
        }
    }
}
