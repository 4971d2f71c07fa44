extension WorkerPool {
    /// The settings of a pool.
    ///
    ///     var configuration = WorkerPool.Configuration(name: "inference", workers: 4)
    ///     configuration.execution = .threads
    ///     let pool = WorkerPool(configuration)
    public struct Configuration: Sendable {
        /// The name of the pool in errors, statistics, thread names and, if ``taskIDs`` asks for it, in `task_id`.
        public var name: String

        /// The number of jobs that run at the same time, at most: jobs that have begun, have not ended, and do not wait
        /// for a pool. A number below 1 counts as 1.
        public var workers: Int

        /// The number of jobs that may wait for a worker. When the queue is full,
        /// ``WorkerPool/submit(taskID:fileID:line:_:)`` waits and ``WorkerPool/trySubmit(taskID:fileID:line:_:)``
        /// throws. With 0, the pool takes a job only when a worker is free.
        public var queueCapacity = 1024

        /// The threads on which jobs run.
        public var execution = Execution.cooperative

        /// The `task_id` of a job whose submission names none.
        public var taskIDs = TaskIDs.inherited

        /// The time that jobs may continue after ``WorkerPool/run()`` or ``WorkerPool/shutdown()`` was cancelled. Then
        /// the pool cancels them.
        public var gracePeriod = Duration.seconds(30)

        /// The time that a cancelled job may take to end. Then the pool ends without it.
        public var abandonAfter = Duration.seconds(10)

        /// Called on its worker and in its context for each job that throws an error other than `CancellationError`.
        /// Log here the errors of jobs that nobody waits for.
        public var onFailure: (@Sendable (any Error) -> Void)?

        /// Settings for a pool of that name with that many workers.
        public init(name: String, workers: Int) {
            self.name = name
            self.workers = workers
        }
    }

    /// The threads on which the jobs of a pool run.
    public struct Execution: Sendable, CustomStringConvertible {
        private enum Backing {
            case cooperative
            case threads
            case executor(any TaskExecutor)
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// Swift's cooperative pool, which has one thread for each core. For jobs that mostly await.
        public static let cooperative = Execution(.cooperative)

        /// Threads of the pool's own, one for each worker. For jobs that block, or compute for long.
        public static let threads = Execution(.threads)

        /// An executor that other code uses too.
        public static func executor(_ executor: any TaskExecutor) -> Execution {
            Execution(.executor(executor))
        }

        /// The name, as in `threads`.
        public var description: String {
            switch backing {
            case .cooperative: "cooperative"
            case .threads: "threads"
            case .executor(let executor): "executor \(type(of: executor))"
            }
        }

        func executor(for configuration: Configuration) -> (any TaskExecutor)? {
            switch backing {
            case .cooperative: nil
            case .threads: ThreadPoolExecutor(threads: configuration.workers, name: configuration.name)
            case .executor(let executor): executor
            }
        }
    }

    /// The `task_id` of jobs whose submission names none.
    public struct TaskIDs: Hashable, Sendable, CustomStringConvertible {
        private enum Backing: String {
            case inherited
            case worker
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// The `task_id` of the submitter.
        public static let inherited = TaskIDs(.inherited)

        /// The name of the pool and the number of the worker, from 0: `inference-3`. A job that waits for a pool keeps
        /// its worker while another job runs, so numbers from ``Configuration/workers`` on appear too.
        public static let worker = TaskIDs(.worker)

        /// The name, as in `inherited`.
        public var description: String { backing.rawValue }
    }
}
