extension WorkerPool {
    /// How a pool works.
    public struct Configuration: Sendable {
        /// Stands in errors and statistics, in front of the number in `task_id` (`inference-3`), and names threads.
        public var name: String

        /// How many jobs run at once; less than 1 is 1. One that waits for another job does not count, and when it goes
        /// on the one that ran in its place may not have ended.
        public var workers: Int

        /// How many jobs wait for a worker before ``WorkerPool/submit(taskID:fileID:line:_:)`` waits and
        /// ``WorkerPool/trySubmit(taskID:fileID:line:_:)`` refuses. 0 takes a job only for a worker that is free.
        public var queueCapacity = 1024

        /// Where jobs run.
        public var execution = Execution.cooperative

        /// What stands as `task_id` on a job's lines where its submission names none.
        public var taskIDs = TaskIDs.inherited

        /// How long a cancelled ``WorkerPool/run()`` lets the jobs that it has go on before it cancels them.
        public var gracePeriod = Duration.seconds(30)

        /// How long a cancelled job may take to end before the pool ends without it.
        public var abandonAfter = Duration.seconds(10)

        /// Called in the context of each job that throws another error than `CancellationError`, on its worker. A place
        /// to log what nobody waits for.
        public var onFailure: (@Sendable (any Error) -> Void)?

        /// A pool of that name with that many workers.
        public init(name: String, workers: Int) {
            self.name = name
            self.workers = workers
        }
    }

    /// Where the jobs of a pool run.
    public struct Execution: Sendable {
        enum Backing {
            case cooperative
            case threads
            case executor(any TaskExecutor)
        }

        let backing: Backing

        /// On Swift's cooperative pool, which has a thread for each core: for jobs that await.
        public static let cooperative = Execution(backing: .cooperative)

        /// On threads of the pool's own, one for each worker: for jobs that block, or compute for long.
        public static let threads = Execution(backing: .threads)

        /// On an executor that others use too.
        public static func executor(_ executor: any TaskExecutor) -> Execution {
            Execution(backing: .executor(executor))
        }
    }

    /// What stands as `task_id` on a job's lines.
    public struct TaskIDs: Sendable {
        enum Backing {
            case inherited
            case worker
        }

        let backing: Backing

        /// The submitter's.
        public static let inherited = TaskIDs(backing: .inherited)

        /// The pool's name and the number of the worker, from 0: `inference-3`.
        public static let worker = TaskIDs(backing: .worker)
    }
}
