internal import ContextLog
internal import ContextPropagation
internal import Synchronization

/// The sink of a ``KafkaConsumer``. It delivers the records of the poll thread to any number of iterations.
///
/// It has one lock, and the application has no buffer of its own. A seek, a pause or a revoke can therefore remove
/// every record that has not been taken.
final class RecordFeed: RecordSink {
    private struct State {
        var feed: RecordFeedState<RecordBatch, Promise<Void>>
        var ledger: RecordLedger
        var iterations: [ObjectIdentifier: Unowned] = [:]
        /// The time of the last round of the poll loop; see `MonotonicTime`. An `Instant` would make every access to
        /// the state slow, because its size is not known at compile time.
        var now = MonotonicTime.now
        /// The time at which a record was last stored or committed.
        var lastFinish: UInt64?
        /// The task that took the last record.
        var lastTaker: UInt64?
        /// The tasks that asked for the end.
        var closers: Set<UInt64> = []

        /// Whether a task asked for the end. It is suspended until then, and handles no record any more.
        func isCloser(_ task: UInt64?) -> Bool { task.map { closers.contains($0) } ?? false }

        /// - Parameter spent: Set to the batch that the iteration held, to be released after the lock.
        mutating func putBack(
            _ iteration: RecordIteration,
            _ spent: inout RecordBatch?
        ) -> RecordFeedState<RecordBatch, Promise<Void>>.Wakes {
            guard let batch = iteration.putBack() else { return .init() }
            spent = batch
            return feed.putBack()
        }
    }

    // @unchecked: an iteration removes itself under the feed's lock before it is destroyed.
    private struct Unowned: @unchecked Sendable {
        unowned(unsafe) let iteration: RecordIteration
    }

    private static let byteLimit = 16 << 20

    private let state: StateMutex<State>
    private let waker: Waker

    /// - Parameters:
    ///   - limit: The largest number of records that it asks for.
    ///   - isTracking: Whether offsets can be committed.
    ///   - waker: The waker of the poll loop. The feed wakes it when the loop has something to do.
    init(limit: Int, isTracking: Bool, waker: Waker) {
        state = StateMutex(
            State(
                feed: RecordFeedState(recordLimit: limit, byteLimit: Self.byteLimit),
                ledger: RecordLedger(isTracking: isTracking)
            )
        )
        self.waker = waker
    }

    private func perform(_ wakes: RecordFeedState<RecordBatch, Promise<Void>>.Wakes) {
        for task in wakes.tasks { task.resolve(()) }
        if wakes.loop { waker.wake() }
    }

    // MARK: The poll thread's side

    func room(of partition: AssignedPartition?, averageSize: Int) -> Int {
        state.withLock { $0.feed.room(averageSize: averageSize) }
    }

    func receive(_ batch: RecordBatch) {
        var segments: [Segment<RecordBatch>] = []
        batch.forEachSegment { segments.append($0) }
        perform(
            state.withLock { state in
                for (number, segment) in segments.enumerated() {
                    let offsets = segment.range.lazy.map { batch.offset(at: $0) }
                    let count = state.ledger.receive(segment.partition, offsets: offsets)
                    segments[number].range = segment.range.prefix(count)
                }
                return state.feed.append(segments.filter { !$0.range.isEmpty })
            }
        )
    }

    var rewinds: [KafkaTopicPartitionOffset] { withLedger { $0.rewinds.map { $0.at($1) } } }

    func assigned(_ partitions: [AssignedPartition]) {
        state.withLock { state in
            for partition in partitions { state.ledger.assign(partition) }
        }
    }

    func revoked(_ partitions: [AssignedPartition], isLost: Bool, timeout: Duration) -> Int {
        state.withLock { state in
            var count = 0
            for partition in partitions {
                state.ledger.revoke(partition)
                count += state.feed.buffer.remove(partition.index, staysPaused: false)
            }
            return count
        }
    }

    func restarted(_ partitions: [AssignedPartition], at offsets: [KafkaOffset?]) {
        state.withLock { state in
            for (partition, offset) in zip(partitions, offsets) {
                state.ledger.restart(partition, at: offset)
                _ = state.feed.buffer.remove(partition.index, staysPaused: true)
            }
        }
    }

    func paused(_ partitions: [AssignedPartition]) {
        state.withLock { state in
            for partition in partitions { state.feed.buffer.pause(partition.index) }
        }
    }

    func resumed(_ partitions: [AssignedPartition]) {
        for partition in partitions {
            perform(state.withLock { $0.feed.resume(partition.index) })
        }
    }

    func end(_ error: KafkaError?, discarding: Bool) {
        perform(state.withLock { $0.feed.finish(error, discarding: discarding) })
    }

    func progress(now: ContinuousClock.Instant) -> SinkProgress {
        state.withLock { state in
            state.now = MonotonicTime.now
            return SinkProgress(taken: state.feed.taken, isIdle: state.feed.isIdle)
        }
    }

    func takeDescents() -> [RecordLedger.Descent] { withLedger { $0.takeDescents() } }

    func noteAnswer(to descents: [RecordLedger.Descent], isCommitted: Bool) {
        if !descents.isEmpty { withLedger { $0.noteAnswer(to: descents, isCommitted: isCommitted) } }
    }

    func pending(now: ContinuousClock.Instant) -> PendingRecords {
        state.withLock { state in
            let time = MonotonicTime.now
            var pending = PendingRecords()
            for entry in state.iterations.values {
                let held = entry.iteration.held
                guard let batch = held.batch, !state.isCloser(held.task) else { continue }
                let place = batch.partition(at: held.index).topicPartition.at(batch.offset(at: held.index))
                let age = MonotonicTime.duration(from: held.since, to: time)
                pending.held.append(PendingRecords.Record(place: place, since: now - age))
            }
            if let last = state.lastFinish, MonotonicTime.elapsed(from: last, to: time) < 1_000_000_000,
                !state.isCloser(state.lastTaker)
            {
                pending.isFinishing = state.ledger.unfinished > 0
            }
            return pending
        }
    }

    // MARK: The application's side

    func add(_ iteration: RecordIteration) {
        let entry = Unowned(iteration: iteration)
        state.withLock { $0.iterations[ObjectIdentifier(iteration)] = entry }
    }

    func remove(_ iteration: RecordIteration) {
        var spent: RecordBatch?
        perform(
            state.withLock { state in
                state.iterations[ObjectIdentifier(iteration)] = nil
                return state.putBack(iteration, &spent)
            }
        )
        withExtendedLifetime(spent) {}
    }

    /// Returns the next record if there is one now, and if nothing else has to be done; otherwise call
    /// ``next(_:limit:)``.
    func nextNow(_ iteration: RecordIteration) -> KafkaRecord? {
        let (task, isCancelled) = Platform.currentTaskAndCancellation
        if isCancelled { return nil }
        var wakesLoop = false
        var isAbandoned = false
        var spent: RecordBatch?
        let record = state.withLock { state -> KafkaRecord? in
            guard let (batch, index) = state.feed.takeOne(isHolding: iteration.isHolding, wakesLoop: &wakesLoop) else {
                return nil
            }
            state.lastTaker = task
            isAbandoned = state.ledger.begin(batch.partitionIndex(at: index), offset: batch.offset(at: index))
            spent = iteration.hold(batch, index, since: state.now, task: task)
            return KafkaRecord(storage: .read(batch, index))
        }
        withExtendedLifetime(spent) {}
        if wakesLoop { waker.wake() }
        if isAbandoned, let record { warnAboutUnfinished(record.topicPartition) }
        return record
    }

    /// Returns the next neighbouring records; nil at the end, and in a cancelled task.
    func next(
        _ iteration: RecordIteration,
        limit: Int
    ) async throws(KafkaError) -> (batch: RecordBatch, range: Range<Int>)? {
        while true {
            let promise: Promise<Void>
            if Task.isCancelled {
                putBack(iteration)
                // This task may have been woken for a record, which another task must now get.
                perform(state.withLock { state in state.feed.leave { _ in false } })
                return nil
            }
            switch take(iteration, limit, Platform.currentTask) {
            case .records(let batch, let range): return (batch, range)
            case .end(let result):
                try result.get()
                return nil
            case .wait(let new): promise = new
            }
            if await promise.valueUnlessCancelled == nil {
                perform(state.withLock { state in state.feed.leave { $0 === promise } })
                return nil
            }
        }
    }

    private func putBack(_ iteration: RecordIteration) {
        var spent: RecordBatch?
        perform(state.withLock { $0.putBack(iteration, &spent) })
        withExtendedLifetime(spent) {}
    }

    private enum Taken {
        case records(RecordBatch, Range<Int>)
        case end(Result<Void, KafkaError>)
        case wait(Promise<Void>)
    }

    private func take(_ iteration: RecordIteration, _ limit: Int, _ task: UInt64?) -> Taken {
        var abandoned: KafkaTopicPartition?
        var spent: RecordBatch?
        let (taken, wakes) = state.withLock { state in
            var wakes = state.putBack(iteration, &spent)
            let (turn, more) = state.feed.take(limit: limit)
            wakes.loop = wakes.loop || more.loop
            switch turn {
            case .records(let batch, let range):
                state.lastTaker = task
                for index in range {
                    if state.ledger.begin(batch.partitionIndex(at: index), offset: batch.offset(at: index)) {
                        abandoned = batch.partition(at: index).topicPartition
                    }
                }
                _ = iteration.hold(batch, range.lowerBound, since: state.now, task: task)
                return (Taken.records(batch, range), wakes)
            case .end(let result): return (.end(result), wakes)
            case .wait:
                let promise = Promise<Void>()
                state.feed.wait(promise)
                return (.wait(promise), wakes)
            }
        }
        withExtendedLifetime(spent) {}
        perform(wakes)
        if let abandoned { warnAboutUnfinished(abandoned) }
        return taken
    }

    private func warnAboutUnfinished(_ partition: KafkaTopicPartition) {
        ClientLog.consumer.warning("too many taken records are neither stored nor committed") {
            $0.partition = partition.description
            $0.hint = "call storeOffset for each record that is done, or commit offsets instead of records"
        }
    }

    /// Notes a task that asks for the end.
    func noteCloser(_ task: UInt64?) {
        guard let task else { return }
        state.withLock { _ = $0.closers.insert(task) }
    }

    // MARK: Records that are done

    /// Marks a record as done.
    func finish(_ partition: AssignedPartition, offset: Int) -> RecordLedger.Completion {
        state.withLock { state in
            state.lastFinish = state.now
            return state.ledger.finish(partition, offset: offset)
        }
    }

    /// Changes or reads the ledger.
    func withLedger<Result>(_ body: (inout RecordLedger) -> Result) -> Result {
        state.withLock { state in body(&state.ledger) }
    }

    // MARK: Queries

    /// The number of waiting records, and the number of iterations that hold a record.
    var level: (records: Int, activeIterations: Int) {
        state.withLock { state in
            (state.feed.buffer.records + state.feed.buffer.pausedRecords, state.feed.held)
        }
    }

    /// The error with which the feed ended; nil if it has not ended or ended without an error.
    var failure: KafkaError? {
        state.withLock { state in
            if case .failure(let error) = state.feed.end { error } else { nil }
        }
    }

    /// Returns the offset of the next record of each partition that the application takes. An offset is nil if no
    /// record has come yet, and if the partition is not assigned.
    ///
    /// librdkafka's own position counts a record as soon as the poll thread has it, before the record is here.
    func position(_ partitions: [KafkaTopicPartition]) -> [KafkaTopicPartitionOffset] {
        state.withLock { state in
            partitions.map { partition in
                let offset = state.ledger.current(partition).flatMap { assigned in
                    state.feed.buffer.first(of: assigned.index).map {
                        KafkaOffset(rawValue: $0.storage.offset(at: $0.index))
                    } ?? state.ledger.position(of: assigned.index)
                }
                return KafkaTopicPartitionOffset(topicPartition: partition, offset: offset)
            }
        }
    }
}
