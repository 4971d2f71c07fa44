/// The jobs and the sleeping threads of a pool of threads. A pure value: each event returns the actions that follow.
///
/// Waking a thread costs more than a short job, so at most one woken thread searches at a time. A job that arrives
/// meanwhile wakes no other thread: the searching thread wakes the next one when it finds a job and leaves others.
///
/// Invariant: if jobs wait and threads sleep, a thread is searching.
struct ThreadPoolState<Job> {
    struct Turn {
        enum Step {
            case run(Job)
            case sleep
            case end
        }

        var step: Step
        /// Whether a sleeping thread must be woken.
        var wakesAnother = false
    }

    private var jobs = RingBuffer<Job>()
    private(set) var sleeping = 0
    /// Threads that were woken and have not looked for a job yet.
    private(set) var searching = 0
    private var isStopped = false

    /// The number of waiting jobs.
    var count: Int { jobs.count }

    /// Adds a job. Returns whether a sleeping thread must be woken.
    mutating func add(_ job: Job) -> Bool {
        jobs.append(job)
        return wake()
    }

    /// The next step of a thread.
    ///
    /// - Parameter isSearching: Whether the thread was woken and asks for the first time since.
    mutating func next(isSearching: Bool) -> Turn {
        if isSearching { searching -= 1 }
        if let job = jobs.popFirst() { return Turn(step: .run(job), wakesAnother: !jobs.isEmpty && wake()) }
        if isStopped { return Turn(step: .end) }
        sleeping += 1
        return Turn(step: .sleep)
    }

    /// Makes each thread end when no jobs wait. Returns the number of threads to wake.
    mutating func stop() -> Int {
        isStopped = true
        defer {
            searching += sleeping
            sleeping = 0
        }
        return sleeping
    }

    private mutating func wake() -> Bool {
        guard searching == 0, sleeping > 0 else { return false }
        sleeping -= 1
        searching += 1
        return true
    }
}

extension ThreadPoolState.Turn: Sendable where Job: Sendable {}
extension ThreadPoolState.Turn.Step: Sendable where Job: Sendable {}
