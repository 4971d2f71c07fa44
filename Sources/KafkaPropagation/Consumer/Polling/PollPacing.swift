/// When the poll loop polls, restarts partitions and gives up waiting. A pure value: the loop tells it the time.
struct PollPacing {
    typealias Instant = ContinuousClock.Instant

    /// The bytes of a record, as they were until now.
    var averageSize = 0
    private let maximumPollInterval: Duration
    private var taken: Int?
    private var lastProgress: Instant
    private var restartAt: Instant?
    private var forwardsUntil: Instant
    private var forwardAt: Instant

    init(maximumPollInterval: Duration, now: Instant) {
        self.maximumPollInterval = maximumPollInterval
        lastProgress = now
        forwardsUntil = now
        forwardAt = now
        noteAssignment(now: now)
    }

    /// Whether the application takes records. If it has taken none for the poll interval, the loop must not poll: the
    /// group is to go on without this member.
    mutating func polls(_ progress: SinkProgress, now: Instant) -> Bool {
        if progress.isIdle || progress.taken != taken {
            taken = progress.taken
            lastProgress = now
        }
        return lastProgress.duration(to: now) <= maximumPollInterval
    }

    /// Orders a restart of the partitions that did not begin, a moment after an error, so that errors do not follow
    /// each other at once.
    mutating func orderRestart(now: Instant) {
        if restartAt == nil { restartAt = now + .milliseconds(200) }
    }

    /// Whether a restart is due. It is told once.
    mutating func takesRestart(now: Instant) -> Bool {
        guard let at = restartAt, at <= now else { return false }
        restartAt = nil
        return true
    }

    /// Partitions were assigned.
    mutating func noteAssignment(now: Instant) {
        forwardsUntil = now + .seconds(2)
        forwardAt = now
    }

    /// Whether the queues of partitions without a record are to be forwarded again: often after an assignment, later
    /// each second.
    mutating func takesForward(now: Instant) -> Bool {
        guard forwardAt <= now else { return false }
        forwardAt = now + (now < forwardsUntil ? .milliseconds(50) : .seconds(1))
        return true
    }
}

/// How long a consumer that is shut down waits for the records that were taken. A pure value.
struct ShutdownWait {
    enum Step: Equatable {
        case wait
        /// Tells once which records the consumer waits for.
        case report
        case leave
    }

    private let timeout: Duration
    private let since: ContinuousClock.Instant
    private var hasReported = false

    init(timeout: Duration, now: ContinuousClock.Instant) {
        self.timeout = timeout
        since = now
    }

    mutating func step(_ pending: PendingRecords, now: ContinuousClock.Instant) -> Step {
        let waited = since.duration(to: now)
        if pending.held.isEmpty && !pending.isFinishing || waited >= timeout { return .leave }
        if !hasReported, waited >= .seconds(1) {
            hasReported = true
            return .report
        }
        return .wait
    }
}
