/// Why a ``WorkerPool`` did not run a job, or did not end.
public struct WorkerPoolError: Error, Equatable, Sendable {
    /// What happened.
    public struct Code: Hashable, Sendable {
        fileprivate enum Backing: String {
            case full
            case shutDown
            case aborted
            case abandoned
        }

        fileprivate let backing: Backing

        /// The queue had no place, and the call does not wait.
        public static let full = Code(backing: .full)
        /// The pool takes no jobs any more. The job did not run.
        public static let shutDown = Code(backing: .shutDown)
        /// The pool was aborted while the job was in the queue. The job did not run.
        public static let aborted = Code(backing: .aborted)
        /// The pool ended while the job was running and did not react to its cancellation. It may still be running.
        public static let abandoned = Code(backing: .abandoned)
    }

    /// What happened.
    public let code: Code
    /// The name of the pool.
    public let pool: String
    /// How many jobs it is about.
    public let jobs: Int

    package init(_ code: Code, pool: String, jobs: Int = 1) {
        self.code = code
        self.pool = pool
        self.jobs = jobs
    }

    /// Whether the same job may be taken later.
    public var isRetriable: Bool { code == .full }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

extension WorkerPoolError: CustomStringConvertible {
    public var description: String {
        switch code.backing {
        case .full: "pool '\(pool)': its queue is full; submit waits for a place, trySubmit does not"
        case .shutDown: "pool '\(pool)' takes no jobs any more: it was shut down"
        case .aborted: "pool '\(pool)' was aborted before the job began"
        case .abandoned:
            "pool '\(pool)' ended without \(jobs) running job(s), which did not end after their cancellation"
        }
    }
}
