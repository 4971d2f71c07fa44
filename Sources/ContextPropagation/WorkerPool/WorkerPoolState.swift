/// The state of a job. Only the state machine of its pool changes it.
enum WorkerPoolJobPlace: Equatable {
    /// The submitter waits for room in the queue.
    case suspended
    case queued
    /// The job has begun and holds one of the pool's slots.
    case running(worker: Int)
    /// The job has begun, and at least one of its tasks waits for a pool. The job holds no slot.
    case waiting(worker: Int)
    /// The last wait of the job is over, and a task of the job waits for a slot before it continues.
    case returning(worker: Int)
    /// The job has ended, or will never begin.
    case ended
}

/// A job as the state machine sees it. The pool's lock protects every property that can be set.
protocol WorkerPoolJob: AnyObject {
    var place: WorkerPoolJobPlace { get set }
    /// The number of tasks of this job that wait for a pool.
    var waitingTasks: Int { get set }
    var submittedAt: UInt64 { get }
}

/// How a job ended.
enum WorkerPoolJobEnd {
    case done
    case failed
    case cancelled
}

/// The queue, the workers, the slots and the statistics of a pool.
///
/// A pure value: each event returns the actions that follow from it, and the pool carries them out outside its lock.
///
/// A *slot* is the right to run. There are `slotCount` slots, so never more jobs run at once. A job that begins to wait
/// for a pool (for a job's result, for room in a queue, or for the end of a pool) releases its slot, because all jobs
/// might wait for jobs that have no slot. It takes a slot again before it continues; jobs that resume get a slot before
/// jobs that have not begun. Slots are held only by jobs that run, so a job that comes back gets one as soon as a
/// running job ends or waits.
///
/// A *worker* is a task that runs jobs. A job keeps its worker while it waits, so there may be more workers than slots.
///
/// Invariants while the pool is open:
/// - If a job is returning, all slots are held.
/// - If a submitter is suspended, all slots are held and the queue is full.
/// - If a job is queued and a slot is free, at least as many workers as there are queued jobs are about to look.
struct WorkerPoolState<Job: WorkerPoolJob, Submitter, Returner> {
    enum Phase {
        case open
        case draining
        case aborting
        case ended
    }

    /// The worker that has a number now, or none.
    struct Worker {
        var job: Job?
        /// Whether the task of the worker was cancelled. The worker leaves after its present job.
        var isCancelled = false
        /// Tells apart the workers that had this number one after the other. 0 if no worker has the number.
        var generation = 0
    }

    /// A worker to start, with its first job.
    struct Start {
        let worker: Int
        let generation: Int
        let job: Job
    }

    /// A job that begins on another worker than the one that reports the event.
    enum Beginning {
        /// Hand the job to this parked worker.
        case handed(worker: Int, job: Job)
        case started(Start)
    }

    let slotCount: Int
    let capacity: Int
    var phase = Phase.open
    /// The workers by their number.
    var workers: [Worker] = []
    var statistics = WorkerPool.Statistics()

    /// Parked workers. The one that parked last comes first, because its memory is warm.
    private(set) var idle: [Int] = []
    /// Workers that have not left.
    private(set) var active = 0
    private var generations = 0
    /// No number below this one is free.
    private var lowestFree = 0
    private var queue = RingBuffer<Job>()
    private var suspended = RingBuffer<(job: Job, submitter: Submitter)>()
    var returning = RingBuffer<(job: Job, returner: Returner)>()

    init(slotCount: Int, capacity: Int) {
        // No machine reaches this bound, and sums of such numbers do not overflow.
        self.slotCount = min(max(1, slotCount), Int(Int32.max))
        self.capacity = max(0, capacity)
    }

    /// Whether a slot is free.
    var hasFreeSlot: Bool { statistics.running < slotCount }

    /// The number of workers that are about to look for a job: they have none and are not parked yet.
    var looking: Int { active - idle.count - statistics.running - statistics.waiting }

    // MARK: Submitting

    enum Submission {
        case queued
        case begun(Beginning)
        case full
        case shutdown
    }

    /// - Parameter inside: The job of this pool that submits, if one does. It never waits for a place, which might
    ///   become free only when it ends. A pool that drains takes its submission, because a job that is drained may wait
    ///   for it.
    mutating func submit(_ job: Job, inside: Job?) -> Submission {
        let isInside = inside.map(hasBegun) == true
        guard phase == .open || (phase == .draining && isInside) else {
            statistics.refused += 1
            return .shutdown
        }
        if hasFreeSlot {
            statistics.accepted += 1
            if let worker = idle.popLast() { return .begun(hand(job, to: worker)) }
            if statistics.queued >= min(looking, capacity) {
                guard statistics.queued > 0 else { return .begun(.started(start(job))) }
                enqueue(job)
                guard let (first, _) = takeJob() else { return .queued }
                return .begun(.started(start(first)))
            }
            enqueue(job)
            return .queued
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
        /// The submitter that got a place in the queue.
        var admitted: Submitter?
        /// The task that may continue, because its job got a slot or does not need one any more.
        var returned: Returner?
        /// The job that another worker begins in place of this one.
        var beginning: Beginning?
        var hasEnded = false
    }

    /// - Parameters:
    ///   - began: When the job began, in nanoseconds of ``MonotonicTime``.
    ///   - now: When the job ended.
    mutating func finish(_ worker: Int, _ end: WorkerPoolJobEnd, began: UInt64, now: UInt64) -> Turn {
        // A pool that has ended has counted this job as abandoned.
        guard phase != .ended, let job = workers[worker].job else { return Turn(step: .leave) }
        workers[worker].job = nil
        statistics.waitTime.record(nanoseconds: MonotonicTime.elapsed(from: job.submittedAt, to: began))
        statistics.runTime.record(nanoseconds: MonotonicTime.elapsed(from: began, to: now))
        switch end {
        case .done: statistics.done += 1
        case .failed: statistics.failed += 1
        case .cancelled: statistics.cancelled += 1
        }
        let returned = release(job)
        var turn = next(worker)
        turn.returned = returned
        return turn
    }

    /// The next step of a worker without a job.
    ///
    /// A worker parks in two steps, because its continuation exists only in the second one. A job that comes between
    /// the two is found in the queue.
    mutating func next(_ worker: Int) -> Turn {
        if workers[worker].isCancelled {
            deactivate(worker)
            var turn = Turn(step: .leave)
            (turn.beginning, turn.admitted) = fill()
            turn.hasEnded = endIfDone()
            return turn
        }
        if hasFreeSlot, let (job, admitted) = takeJob() {
            begin(job, on: worker)
            return Turn(step: .run(job), admitted: admitted)
        }
        // More parked workers than slots would never have work at the same time.
        guard phase == .open, idle.count < slotCount else {
            deactivate(worker)
            return Turn(step: .leave, hasEnded: endIfDone())
        }
        return Turn(step: .park)
    }

    mutating func park(_ worker: Int) {
        idle.append(worker)
    }

    // MARK: Parts

    /// Whether the job has begun and not ended.
    func hasBegun(_ job: Job) -> Bool {
        switch job.place {
        case .running, .waiting, .returning: phase != .ended
        case .suspended, .queued, .ended: false
        }
    }

    /// Begins the next job in the queue on another worker, if a slot is free.
    mutating func fill() -> (Beginning?, admitted: Submitter?) {
        guard hasFreeSlot, let (job, admitted) = takeJob() else { return (nil, nil) }
        if let worker = idle.popLast() { return (hand(job, to: worker), admitted) }
        return (.started(start(job)), admitted)
    }

    private mutating func enqueue(_ job: Job) {
        job.place = .queued
        statistics.queued += 1
        queue.append(job)
    }

    private mutating func begin(_ job: Job, on worker: Int) {
        job.place = .running(worker: worker)
        workers[worker].job = job
        statistics.running += 1
    }

    private mutating func hand(_ job: Job, to worker: Int) -> Beginning {
        begin(job, on: worker)
        return .handed(worker: worker, job: job)
    }

    private mutating func start(_ job: Job) -> Start {
        active += 1
        generations += 1
        while lowestFree < workers.count, workers[lowestFree].generation != 0 { lowestFree += 1 }
        let worker = lowestFree
        if worker == workers.count { workers.append(Worker()) }
        workers[worker].generation = generations
        begin(job, on: worker)
        return Start(worker: worker, generation: generations, job: job)
    }

    mutating func deactivate(_ worker: Int) {
        active -= 1
        workers[worker] = Worker()
        lowestFree = min(lowestFree, worker)
    }

    /// The next job that was not cancelled, and the submitter that got the place which the job left.
    mutating func takeJob() -> (Job, Submitter?)? {
        while let job = queue.popFirst() {
            guard job.place == .queued else { continue }
            statistics.queued -= 1
            return (job, admit())
        }
        // Only if the queue has no place at all.
        return takeSuspended().map { ($0.job, $0.submitter) }
    }

    /// Gives a free place in the queue to the submitter that waits longest.
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

    /// Removes cancelled jobs once they are the majority. A stalled pool must not grow with submissions that were
    /// cancelled.
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
