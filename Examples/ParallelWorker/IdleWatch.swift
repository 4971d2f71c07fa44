import KafkaPropagation

/// Decides when a consumer has had nothing to do for long enough. The time counts from its last assignment, or from the
/// last record.
struct IdleWatch: Sendable {
    /// The state of a consumer at one moment.
    struct Sight: Equatable, Sendable {
        /// The attempts that have ended.
        var attempts = 0
        /// Whether a record runs, waits or has a dead letter on its way.
        var isBusy = false
        var partitions: [KafkaTopicPartition] = []
    }

    /// How long the consumer stays although it has nothing to do.
    let patience: Duration
    /// How much longer it stays without a partition. It may still be joining the group, and a group that waits for a
    /// dead member has no partitions for others yet.
    let joinAllowance: Duration

    private var last: Sight?
    private var idleSince = ContinuousClock.now

    init(patience: Duration, joinAllowance: Duration) {
        self.patience = patience
        self.joinAllowance = joinAllowance
    }

    /// Takes the state of the consumer at this time, and returns whether it has been idle for long enough.
    mutating func isOver(_ sight: Sight, at now: ContinuousClock.Instant) -> Bool {
        if sight != last || sight.isBusy { restart(at: now) }
        last = sight
        let limit = sight.partitions.isEmpty ? patience + joinAllowance : patience
        return idleSince.duration(to: now) >= limit
    }

    /// Counts the time from this moment.
    mutating func restart(at now: ContinuousClock.Instant) {
        idleSince = now
    }
}

extension IdleWatch.Sight {
    init(_ statistics: ParallelConsumerStatistics) {
        attempts = statistics.topics.reduce(0) { $0 + $1.processed + $1.failed }
        isBusy = statistics.running + statistics.queued + statistics.waiting + statistics.sendingDeadLetters > 0
        partitions = statistics.partitions.map(\.topicPartition)
    }
}
