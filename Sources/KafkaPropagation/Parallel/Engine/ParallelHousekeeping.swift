/// The tasks of the poll thread of a ``ParallelConsumer`` besides reading, and their times. A pure value: the loop
/// passes the time.
struct ParallelHousekeeping {
    typealias Instant = ContinuousClock.Instant

    enum Drain: Equatable {
        case wait
        /// The time is over: cancel the handlers. It is told once.
        case cancel
        /// The handlers do not end: leave without them.
        case leave
    }

    /// Partitions that are to be read again from an offset.
    var rewinds: [KafkaTopicPartition: Int] = [:]
    /// The records that a warning has named because their partitions do not move.
    var reported: [KafkaTopicPartition: ParallelConsumerHealth.StalledRecord] = [:]
    /// Whether a thread asks for the ends of partitions whose log may have been deleted.
    var isAskingForSuspects = false
    /// Whether a thread asks for the first offsets of partitions that are to be read again.
    var isAskingForStarts = false
    private var nextCopying: Instant
    private var nextLook: Instant
    private var drainDeadline: Instant?
    private var hasCancelled = false

    init(now: Instant) {
        nextCopying = now + Self.copyingInterval
        nextLook = now
    }

    private static let copyingInterval = Duration.milliseconds(500)

    /// Whether to copy old records now.
    mutating func takesCopying(now: Instant) -> Bool {
        guard now >= nextCopying else { return false }
        nextCopying = now + Self.copyingInterval
        return true
    }

    private static let lookInterval = Duration.seconds(1)

    /// Whether to look if anything moves.
    mutating func takesLook(now: Instant) -> Bool {
        guard now >= nextLook else { return false }
        nextLook = now + Self.lookInterval
        return true
    }

    /// How to go on waiting for handlers at a shutdown.
    ///
    /// - Parameter timeout: How long to wait from the first call on.
    mutating func drain(timeout: Duration, now: Instant) -> Drain {
        let deadline = drainDeadline ?? now + timeout
        drainDeadline = deadline
        if now < deadline { return .wait }
        if now >= deadline + .seconds(1) { return .leave }
        defer { hasCancelled = true }
        return hasCancelled ? .wait : .cancel
    }
}
