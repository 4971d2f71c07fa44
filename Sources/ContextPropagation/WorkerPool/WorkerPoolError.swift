/// The reason why a ``WorkerPool`` did not run a job, or did not end in order.
///
///     do {
///         try pool.trySubmit { await resize(image) }
///     } catch where error.code == .full {
///         reply(.tooManyRequests)
///     }
///
/// Two errors are equal if their codes are equal.
public struct WorkerPoolError: Error, Equatable, Sendable {
    /// The kind of a ``WorkerPoolError``. A later version may add kinds, so a `switch` over codes needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Backing: String {
            case full
            case shutdown
            case aborted
            case abandoned
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// The queue is full, and the call does not wait for room.
        public static let full = Code(.full)
        /// The pool was shut down and takes no more jobs. The job did not run.
        public static let shutdown = Code(.shutdown)
        /// The pool was aborted while the job was in the queue. The job did not run.
        public static let aborted = Code(.aborted)
        /// The pool ended while the job was running, because the job did not react to its cancellation. The job may
        /// still be running.
        public static let abandoned = Code(.abandoned)

        /// The name of the code, as in `full`.
        public var description: String { backing.rawValue }
    }

    /// The kind of the error.
    public let code: Code
    /// The name of the pool.
    public let pool: String
    /// The number of jobs that the error concerns.
    public let jobs: Int

    package init(_ code: Code, pool: String, jobs: Int = 1) {
        self.code = code
        self.pool = pool
        self.jobs = jobs
    }

    /// Whether the pool may take the same job later.
    public var isRetriable: Bool { code == .full }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

extension WorkerPoolError: CustomStringConvertible {
    /// The pool, the fault, and the action that solves it.
    public var description: String {
        switch code {
        case .full: "pool '\(pool)': the queue is full; try again later, or call submit, which waits for a place"
        case .shutdown: "pool '\(pool)' was shut down and takes no more jobs"
        case .aborted: "pool '\(pool)' was aborted before the job began"
        default: "pool '\(pool)' ended while \(jobs) job(s) were still running after they had been cancelled"
        }
    }
}
