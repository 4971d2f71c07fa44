/// Where a job is. Only the state machine of its pool changes it.
enum WorkerPoolJobPlace: Equatable {
    /// Its submitter waits for a place in the queue.
    case suspended
    case queued
    case running(worker: Int)
    /// It has ended, or will never begin.
    case ended
}

/// A job as the state machine sees it.
protocol WorkerPoolJob: AnyObject {
    /// Read and written under the pool's lock alone.
    var place: WorkerPoolJobPlace { get set }
    /// How many tasks of this job wait for other jobs of its pool; read and written under the pool's lock alone.
    var awaited: Int { get set }
    var submittedAt: UInt64 { get }
}

/// How a job ended.
enum WorkerPoolJobEnd {
    case done
    case failed
    case cancelled
}

/// What a pool knows: its queue, its workers, its numbers. A pure value: each event returns what is to be done, which
/// the pool does outside its lock.
///
/// Invariants while the pool is open: a submitter is suspended only when the queue is full; a job is queued only when
/// no worker is idle and as many as allowed are active.
struct WorkerPoolState<Job: WorkerPoolJob, Submitter> {
    enum Phase {
        case open
        case draining
        case aborting
        case ended
    }

    struct Slot {
        var job: Job?
        /// Whether its task was cancelled: it ends with its present job, and another takes its number.
        var isSpent = false
        /// Tells the workers apart that had this number one after the other; 0 while nobody has it.
        var life = 0
    }

    /// A worker that is to be started.
    struct Start {
        let worker: Int
        let life: Int
        let job: Job
    }

    let workers: Int
    let capacity: Int
    var phase = Phase.open
    var slots: [Slot] = []
    var statistics = WorkerPool.Statistics()

    /// Workers without a job, the one that worked last at the end: its memory is warm.
    private(set) var idle: [Int] = []
    private(set) var active = 0
    private var lives = 0
    /// Workers whose job waits for another job of this pool. As many more may be active, or all could wait for a job
    /// that none of them takes.
    private var lent = 0
    private var queue = RingBuffer<Job>()
    private var suspended = RingBuffer<(job: Job, submitter: Submitter)>()

    init(workers: Int, capacity: Int) {
        // A bound that no machine reaches, and that sums with others.
        self.workers = min(max(1, workers), Int(Int32.max))
        self.capacity = max(0, capacity)
    }

    // MARK: Submitting

    enum Submission {
        case queued
        /// The job is that parked worker's.
        case handed(worker: Int)
        case start(Start)
        case full
        case shutdown
    }

    /// - Parameter inside: The job of this pool that submits, if one does: it never waits for a place, which might only
    ///   become free when it ends, and a pool that drains takes it, since what is drained may wait for it.
    mutating func submit(_ job: Job, inside: Job?) -> Submission {
        let isInside = inside.map(isRunning) == true
        guard phase == .open || (phase == .draining && isInside) else {
            statistics.refused += 1
            return .shutdown
        }
        if let worker = idle.popLast() {
            statistics.accepted += 1
            begin(job, on: worker)
            return .handed(worker: worker)
        }
        if active < workers + lent {
            statistics.accepted += 1
            return .start(start(job))
        }
        guard statistics.queued < capacity || isInside else { return .full }
        statistics.accepted += 1
        enqueue(job)
        return .queued
    }

    /// Counts a submission that did not wait for its place.
    mutating func refuse() {
        statistics.refused += 1
    }

    /// Lets a submitter wait, after `submit` said that the queue is full.
    mutating func suspend(_ job: Job, _ submitter: Submitter) {
        job.place = .suspended
        statistics.suspended += 1
        suspended.append((job, submitter))
    }

    // MARK: Working

    struct Turn {
        enum Step {
            case run(Job)
            case park
            case leave
        }

        var step: Step
        /// Who got a place in the queue.
        var admitted: Submitter?
        /// A worker to start in place of this one.
        var successor: Start?
        var hasEnded = false
    }

    /// - Parameters:
    ///   - began: When the job began, in nanoseconds of ``MonotonicTime``.
    ///   - now: When it ended.
    mutating func finish(_ worker: Int, _ end: WorkerPoolJobEnd, began: UInt64, now: UInt64) -> Turn {
        // A pool that has ended has counted this job as abandoned.
        guard phase != .ended, let job = slots[worker].job else { return Turn(step: .leave) }
        slots[worker].job = nil
        job.place = .ended
        statistics.running -= 1
        // Tasks that it has left behind may wait on, but no worker waits with them.
        if job.awaited > 0 {
            job.awaited = 0
            lent -= 1
        }
        statistics.waitTime.record(nanoseconds: MonotonicTime.elapsed(from: job.submittedAt, to: began))
        statistics.runTime.record(nanoseconds: MonotonicTime.elapsed(from: began, to: now))
        switch end {
        case .done: statistics.done += 1
        case .failed: statistics.failed += 1
        case .cancelled: statistics.cancelled += 1
        }
        return next(worker)
    }

    /// What a worker without a job does. Parking takes two steps, as its continuation exists only in the second: a job
    /// that comes between the two is found in the queue.
    mutating func next(_ worker: Int) -> Turn {
        if slots[worker].isSpent || active > workers + lent {
            deactivate(worker)
            var turn = Turn(step: .leave)
            if active < workers + lent, let (job, admitted) = takeJob() {
                turn.successor = start(job)
                turn.admitted = admitted
            }
            turn.hasEnded = endIfDone()
            return turn
        }
        if let (job, admitted) = takeJob() {
            begin(job, on: worker)
            return Turn(step: .run(job), admitted: admitted)
        }
        // One that came while another's job waited does not stay: idle, it would be one too many for the next job.
        guard phase == .open, active <= workers else {
            deactivate(worker)
            return Turn(step: .leave, hasEnded: endIfDone())
        }
        return Turn(step: .park)
    }

    mutating func park(_ worker: Int) {
        idle.append(worker)
    }

    // MARK: Waiting for another job inside of one

    /// Lets one more worker be active while `job` waits. Returns the one to start now.
    mutating func lend(_ job: Job) -> (Start, admitted: Submitter?)? {
        guard isRunning(job) else { return nil }
        job.awaited += 1
        guard job.awaited == 1 else { return nil }
        lent += 1
        guard phase != .ended, idle.isEmpty, active < workers + lent, let (next, admitted) = takeJob() else {
            return nil
        }
        return (start(next), admitted)
    }

    mutating func endLending(_ job: Job) {
        guard job.awaited > 0 else { return }
        job.awaited -= 1
        if job.awaited == 0 { lent -= 1 }
    }

    // MARK: Parts

    func isRunning(_ job: Job) -> Bool {
        if case .running = job.place { return phase != .ended }
        return false
    }

    mutating func enqueue(_ job: Job) {
        job.place = .queued
        statistics.queued += 1
        queue.append(job)
    }

    private mutating func begin(_ job: Job, on worker: Int) {
        job.place = .running(worker: worker)
        slots[worker].job = job
        statistics.running += 1
    }

    private mutating func start(_ job: Job) -> Start {
        active += 1
        lives += 1
        let worker = slots.firstIndex { $0.life == 0 } ?? slots.count
        if worker == slots.count { slots.append(Slot()) }
        slots[worker].life = lives
        begin(job, on: worker)
        return Start(worker: worker, life: lives, job: job)
    }

    mutating func deactivate(_ worker: Int) {
        active -= 1
        slots[worker] = Slot()
    }

    /// The next job that was not cancelled, and the submitter who got the place that it left.
    mutating func takeJob() -> (Job, Submitter?)? {
        while let job = queue.popFirst() {
            guard job.place == .queued else { continue }
            statistics.queued -= 1
            return (job, admit())
        }
        // Only where the queue has no place at all.
        return takeSuspended().map { ($0.job, $0.submitter) }
    }

    /// Gives a free place in the queue to the submitter who waits longest.
    mutating func admit() -> Submitter? {
        guard statistics.queued < capacity, let next = takeSuspended() else { return nil }
        enqueue(next.job)
        return next.submitter
    }

    mutating func takeSuspended() -> (job: Job, submitter: Submitter)? {
        while let next = suspended.popFirst() {
            guard next.job.place == .suspended else { continue }
            statistics.suspended -= 1
            statistics.accepted += 1
            return next
        }
        return nil
    }

    /// Takes out what was cancelled, once that is most of what is kept: a stalled pool must not grow with the
    /// submissions that gave up.
    mutating func sweep() {
        if queue.count > 2 * statistics.queued + 32 { queue.removeAll { $0.place != .queued } }
        if suspended.count > 2 * statistics.suspended + 32 { suspended.removeAll { $0.job.place != .suspended } }
    }

    mutating func endIfDone() -> Bool {
        guard phase == .draining || phase == .aborting, active == 0, statistics.queued == 0 else { return false }
        phase = .ended
        return true
    }

    mutating func takeIdle() -> [Int] {
        defer { idle = [] }
        for worker in idle { deactivate(worker) }
        return idle
    }
}
