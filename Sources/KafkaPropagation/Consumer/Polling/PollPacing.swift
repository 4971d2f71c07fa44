/// Decides when the poll loop polls, restarts partitions and forwards queues. A pure value: the loop passes the time.
struct PollPacing {
    typealias Instant = ContinuousClock.Instant

    /// The average number of bytes of a record so far.
    var averageSize = 0
    /// How full the queues of the partitions are.
    var levels: QueueLevels
    private let maximumPollInterval: Duration
    private var taken: Int?
    private var lastProgress: Instant
    private var restart: (at: Instant, partitions: FailedStart.Partitions)?
    private var forwardsUntil: Instant
    private var forwardAt: Instant

    init(
        maximumPollInterval: Duration,
        levels: QueueLevels = QueueLevels(recordLimit: .max, byteLimit: .max),
        now: Instant
    ) {
        self.maximumPollInterval = maximumPollInterval
        self.levels = levels
        lastProgress = now
        forwardsUntil = now
        forwardAt = now
        noteAssignment(now: now)
    }

    /// Whether the loop may poll. If the application has taken no record for the poll interval, the loop must not poll,
    /// so that the group continues without this member.
    mutating func polls(_ progress: SinkProgress, now: Instant) -> Bool {
        if progress.isIdle || progress.taken != taken {
            taken = progress.taken
            lastProgress = now
        }
        return lastProgress.duration(to: now) <= maximumPollInterval
    }

    /// Requests a restart of partitions that failed to start. The restart waits, so that errors do not follow one
    /// another quickly.
    mutating func orderRestart(_ failed: FailedStart, now: Instant) {
        let at = now + failed.delay
        restart = (min(restart?.at ?? at, at), restart?.partitions.union(failed.partitions) ?? failed.partitions)
    }

    /// The partitions whose restart is due; nil if none is. Each request is returned once.
    mutating func takesRestart(now: Instant) -> FailedStart.Partitions? {
        guard let (at, partitions) = restart, at <= now else { return nil }
        restart = nil
        return partitions
    }

    /// Notes that partitions were assigned.
    mutating func noteAssignment(now: Instant) {
        forwardsUntil = now + .seconds(2)
        forwardAt = now
    }

    /// Whether to forward the queues of partitions without a record again: often after an assignment, and later once a
    /// second.
    mutating func takesForward(now: Instant) -> Bool {
        guard forwardAt <= now else { return false }
        forwardAt = now + (now < forwardsUntil ? .milliseconds(50) : .seconds(1))
        return true
    }
}
