internal import ContextLog
internal import ContextPropagation
internal import Dispatch
internal import Synchronization

/// Runs the handlers of a ``ParallelConsumer``: a thin shell of locks, tasks and timers around ``ParallelState``, which
/// decides everything.
final class ParallelEngine: RecordSink {
    struct State {
        var parallel: ParallelState<ParallelRecord>
        /// The partitions that were assigned and wait for their committed offset, by ``AssignedPartition/index``.
        var starting: [Int: StartingPartition] = [:]
        /// The numbers of the partitions in ``parallel``, by ``AssignedPartition/index``; nil before the first record.
        var numbers: [Int?] = []
        /// Workers without work.
        /// Unsafe, because the size of a checked continuation is not known at compile time, which makes every access to
        /// the state slow.
        var idle: [UnsafeContinuation<Void, Never>] = []
        var workers: [Task<Void, Never>] = []
        var workerCount = 0
        /// Workers that were woken or started, and have not run yet.
        var waking = 0
        var areWorkersEnded = false
        var failure: (any Error)?
        /// When the timer of the earliest waiting record fires; nil if none is set.
        var timer: UInt64?
        var isCommitWanted = false
        var pacing: CommitPacing
        /// When a commit had a line of level INFO for the last time.
        var commitLineAt: UInt64?
        /// The records whose dead letters are on the way.
        var failedRecords: [ScheduledJobID: FailedRecord] = [:]
        var meters = ParallelMeters()
    }

    let work: ParallelWork
    let batchSize: Int
    let options: ParallelConsumer.Options
    let waker = Waker()
    let lanes: ParallelLanes
    let retry: ParallelConsumer.RetryPolicy
    let shutdownTimeout: Duration
    /// The group under which offsets are committed; nil if there is none.
    let groupID: String?
    let state: StateMutex<State>
    let housekeeping: Mutex<ParallelHousekeeping>
    let watch: Mutex<ParallelWatch>
    /// Wakes a revoke that waits for handlers.
    let drained = Waker()
    let timers = DispatchQueue(label: "kafka-retries")
    /// Set while the client lives. The client keeps this engine; ``close()`` cuts the circle.
    private let link = Mutex<ConsumerClient?>(nil)
    /// The configuration of the engine's own producer of dead letters.
    let letterConfiguration: KafkaProducerConfiguration
    /// Whether the consumer reads every topic whose name fits a pattern.
    let readsPattern: Bool
    /// Sends dead letters; set before the first record is read.
    let letters = Mutex<KafkaProducer?>(nil)

    /// The number of workers that are woken at once. Each wakes the next one as long as there is work, so that quick
    /// handlers keep few tasks busy, and slow ones get all of them.
    static let width = Platform.processorCount

    init(
        _ configuration: KafkaConsumerConfiguration,
        _ ordering: ParallelConsumer.Ordering,
        _ maxConcurrency: Int,
        _ options: ParallelConsumer.Options,
        _ work: ParallelWork
    ) {
        self.work = work
        batchSize = max(1, work.batchSize)
        self.options = options
        retry = options.retry ?? .backoff(maximumAttempts: options.deadLetters == nil ? nil : 10)
        lanes = ParallelLanes(ordering: ordering, keyless: options.recordsWithoutKey)
        shutdownTimeout = configuration.shutdownTimeout
        letterConfiguration = Self.letterConfiguration(configuration)
        readsPattern = configuration.consumptionStrategy.hasPattern
        groupID = configuration.groupID
        let limits = ParallelLimits(
            maxConcurrency: maxConcurrency,
            batch: work.batchSize,
            records: options.maximumRecords,
            bytes: options.maximumBytes,
            commits: groupID != nil
        )
        let now = MonotonicTime.now
        let pacing = CommitPacing(
            count: groupID == nil ? .max : options.commitCount,
            interval: options.commitInterval.nanosecondsUpToAYear,
            now: now
        )
        state = StateMutex(State(parallel: ParallelState(limits), pacing: pacing))
        watch = Mutex(ParallelWatch(timeout: options.stallTimeout.nanosecondsUpToAYear, now: now))
        housekeeping = Mutex(ParallelHousekeeping(now: .now))
    }

    /// The configuration of the client: offsets are committed by the engine alone, and each partition has a queue.
    static func configuration(_ configuration: KafkaConsumerConfiguration) -> KafkaConsumerConfiguration {
        var result = configuration
        result.commitPolicy = .manual
        // After this time the poll loop cancels the handlers, which get one more second.
        result.shutdownTimeout += .seconds(2)
        var properties = [
            "enable.partition.eof": "true",
            // For each partition, because each has a queue of its own.
            "queued.min.messages": "2500",
            "queued.max.messages.kbytes": "2048",
            "fetch.message.max.bytes": "262144",
            // While a fetch waits for records of one partition, no other partition of that broker is fetched. If one
            // partition alone has a backlog, each wait costs it a whole queue.
            "fetch.wait.max.ms": "20",
        ]
        if !FetchNudge.isNeeded { properties["fetch.queue.backoff.ms"] = "5" }
        properties.merge(configuration.connection.properties) { $1 }
        properties.merge(configuration.properties) { $1 }
        result.properties = properties
        return result
    }

    var client: ConsumerClient? { link.withLock { $0 } }

    func attach(_ client: ConsumerClient) {
        link.withLock { $0 = client }
    }

    /// Releases the client.
    func detach() {
        link.withLock { $0 = nil }
    }

    var failure: (any Error)? { state.withLock { $0.failure } }

    var assignment: [KafkaTopicPartition] { state.withLock { $0.parallel.partitionViews.map(\.topicPartition) } }

    /// Does what ``ParallelState`` asks for. Call it without the lock.
    func follow(_ signals: ParallelSignals) {
        if signals.isEmpty { return }
        if signals.contains(.drained) { drained.wake() }
        if signals.contains(.commitNow) { state.withLock { $0.isCommitWanted = true } }
        if signals.contains(.reopened) || signals.contains(.commitNow) { waker.wake() }
        if signals.contains(.dueEarlier) { setTimer() }
        if signals.contains(.stopped) {
            client?.loop.lifecycle.advance(to: .stopped)
            waker.wake()
        }
    }

    // MARK: Retries

    private func setTimer() {
        let due = state.withLock { state -> UInt64? in
            guard let due = state.parallel.nextDue, due < state.timer ?? .max else { return nil }
            state.timer = due
            return due
        }
        guard let due else { return }
        let wait = MonotonicTime.elapsed(from: MonotonicTime.now, to: due)
        timers.asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: wait))) { @Sendable [weak self] in
            self?.timerFired(due)
        }
    }

    private func timerFired(_ due: UInt64) {
        let letters = state.withLock { state -> [PendingLetter] in
            // An earlier one was set meanwhile, or this one has fired early.
            if state.timer == due { state.timer = nil }
            let jobs = state.parallel.wake(now: MonotonicTime.now)
            return jobs.compactMap { state.letter($0) }
        }
        wakeWorkers()
        for letter in letters { send(letter) }
        setTimer()
    }
}
