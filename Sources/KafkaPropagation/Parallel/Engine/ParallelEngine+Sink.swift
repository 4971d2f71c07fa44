internal import ContextLog
internal import ContextPropagation
internal import Synchronization

// The poll thread's side.
extension ParallelEngine {
    var readsByPartition: Bool { true }

    func room(of partition: AssignedPartition?, averageSize: Int) -> Int {
        guard let partition else { return 0 }
        return state.withLock { state in
            // A partition that has not begun has no number.
            guard state.numbers.indices.contains(partition.index), let number = state.numbers[partition.index] else {
                return 0
            }
            return state.parallel.room(partition: number)
        }
    }

    // MARK: Records

    /// The most records that are offered under one lock; the workers wait for it.
    private static let intake = 64

    func receive(_ batch: RecordBatch) {
        batch.forEachSegment { segment in
            let partition = batch.partition(at: segment.range.lowerBound)
            let isEarly = state.withLock { state in
                guard state.starting[partition.index]?.partition == partition else { return false }
                state.starting[partition.index]?.early.append(batch)
                return true
            }
            if !isEarly { offer(batch, segment.range, partition.topicPartition) }
        }
    }

    func offer(_ batch: RecordBatch, _ range: Range<Int>, _ partition: KafkaTopicPartition) {
        let received = MonotonicTime.now
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + Self.intake, range.upperBound)
            let rewind = offer(batch, start..<end, partition, received: received)
            wakeWorkers()
            if let rewind {
                // The records behind it come again.
                self.rewind(partition, to: rewind)
                return
            }
            start = end
        }
    }

    /// - Returns: The offset to which the partition must be sought back; nil if all records were offered.
    private func offer(
        _ batch: RecordBatch,
        _ range: Range<Int>,
        _ partition: KafkaTopicPartition,
        received: UInt64
    ) -> Int? {
        // Each record is moved to the state. A copy would count references to the batch, and the workers count them at
        // the same time.
        withUnsafeTemporaryAllocation(of: ParallelRecord.self, capacity: range.count) { records in
            withUnsafeTemporaryAllocation(of: SchedulingLane.self, capacity: range.count) { lanes in
                for (place, index) in range.enumerated() {
                    let record = KafkaRecord(storage: .read(batch, index))
                    let (lane, orderingKey) = self.lanes.lane(of: record)
                    lanes.initializeElement(at: place, to: lane)
                    records.initializeElement(
                        at: place,
                        to: ParallelRecord(record: record, orderingKey: orderingKey, received: received)
                    )
                }
                var place = 0
                let rewind = state.withLock { state -> Int? in
                    let number = state.parallel.index(of: partition)
                    while place < range.count {
                        let index = range.lowerBound + place
                        let intake = state.parallel.offer(
                            records.moveElement(from: place),
                            partition: number,
                            offset: batch.offset(at: index),
                            bytes: batch.byteCount(at: index),
                            lane: lanes[place]
                        )
                        place += 1
                        if case .rewind(let target) = intake {
                            state.forgetLostLetters()
                            return target
                        }
                    }
                    return nil
                }
                records[place...].deinitialize()
                return rewind
            }
        }
    }

    /// Offsets came that do not ascend: the log was cut off, or its end was made anew. The partition is read again from
    /// its first unfinished record on.
    private func rewind(_ partition: KafkaTopicPartition, to offset: Int) {
        ClientLog.consumer.warning("offsets go back; reading the partition again from its first unfinished record") {
            $0.partition = partition
            $0.offset = offset
        }
        housekeeping.withLock { $0.rewinds[partition] = offset }
        seekBack()
    }

    func seekBack() {
        guard let client else { return }
        for (partition, offset) in housekeeping.withLock({ $0.rewinds }) {
            let place = partition.at(offset)
            do throws(KafkaError) {
                // librdkafka may not know its place yet. The next round tries again.
                if try !client.callbacks.assignment.seek([place], client.pointer).isEmpty { continue }
            } catch {
                // Another reader has the partition. After any other error the next round tries again: until then the
                // partition takes no record.
                guard error.code == .notAssigned else {
                    client.callbacks.report(error)
                    continue
                }
            }
            housekeeping.withLock { $0.rewinds[partition] = nil }
        }
    }

    func reachedEnd(of partition: AssignedPartition, at offset: Int) {
        state.withLock { $0.parallel.pass(partition.topicPartition, to: offset) }
    }

    func isUnknown(_ partition: KafkaTopicPartition) {
        state.withLock { $0.parallel.suspect(partition) }
    }

    // MARK: Assignments

    func revoked(_ partitions: [AssignedPartition], isLost: Bool, timeout: Duration) -> Int {
        let places = partitions.map(\.topicPartition)
        let before = state.withLock { state in
            for partition in partitions { state.starting[partition.index] = nil }
            let before = state.parallel.counts.dropped
            for place in places {
                if isLost { state.parallel.lose(place) } else { state.parallel.revoke(place) }
            }
            state.forgetLostLetters()
            return before
        }
        // Records of other partitions may have waited for the same keys.
        wakeWorkers()
        for place in places { housekeeping.withLock { $0.rewinds[place] = nil } }
        if !isLost {
            let deadline = ContinuousClock.now + timeout
            waitUntilDrained(places, timeout, until: deadline)
            let commits = state.withLock { state in places.compactMap { state.parallel.fence($0) } }
            commitAndWait(commits, limit: max(ContinuousClock.now.duration(to: deadline), Self.leastCommitWait))
        }
        return state.withLock { $0.parallel.counts.dropped } - before
    }

    /// How long a revoke waits for the answer to its commit if the handlers have used up its time. The broker gets the
    /// commit before this member joins again, so it counts without an answer too.
    private static let leastCommitWait = Duration.milliseconds(500)

    private func waitUntilDrained(
        _ places: [KafkaTopicPartition],
        _ timeout: Duration,
        until deadline: ContinuousClock.Instant
    ) {
        while true {
            let isDrained = state.withLock { state in places.allSatisfy { state.parallel.isDrained($0) } }
            let left = ContinuousClock.now.duration(to: deadline).wholeMilliseconds
            if isDrained { return }
            if left <= 0 { break }
            drained.wait(milliseconds: Int(left))
        }
        ClientLog.consumer.warning("handlers did not end in time; their records are handled again by their next owner")
        {
            $0.partitions = places.map(\.description)
            $0.timeout_ms = Int(timeout.wholeMilliseconds)
        }
    }

    func restarted(_ partitions: [AssignedPartition], at offsets: [KafkaOffset?]) {
        state.withLock { state in
            for (partition, offset) in zip(partitions, offsets) {
                if let offset, offset.isAbsolute {
                    state.parallel.rewound(partition.topicPartition, to: offset.rawValue)
                }
            }
        }
        waker.wake()
    }

    // A parallel consumer has no pause and no seek of the application.
    func paused(_ partitions: [AssignedPartition]) {}
    func resumed(_ partitions: [AssignedPartition]) {}

    // MARK: The rounds of the loop

    /// A slow handler is no reason to leave the group: the loop always polls, and the watchdog reports.
    func progress(now: ContinuousClock.Instant) -> SinkProgress {
        SinkProgress(taken: 0, isIdle: true)
    }

    func tick(now: ContinuousClock.Instant) -> Int {
        readAsidesAgain()
        if housekeeping.withLock({ !$0.rewinds.isEmpty }) { seekBack() }
        if housekeeping.withLock({ $0.takesCopying(now: now) }) {
            copyOldRecords()
            setBlockedAside()
        }
        if housekeeping.withLock({ $0.takesLook(now: now) }) {
            lookAround()
            askForSuspects()
            state.withLock { $0.parallel.repeatReturns() }
        }
        return commitIfDue()
    }

    /// A record shares librdkafka's memory with all the records that came in one answer of a broker. Records that have
    /// waited for a while get memory of their own, so that a few of them, behind a slow key, do not keep all the rest.
    private func copyOldRecords() {
        let now = MonotonicTime.now
        var copied = 0
        _ = state.withLock { state in
            state.parallel.replaceRecords { record in
                guard copied < Self.copyLimit, case .read = record.record.storage,
                    MonotonicTime.elapsed(from: record.received, to: now) > Self.oldAge
                else { return false }
                copied += 1
                return true
            } with: { record in
                record.record = record.record.copy()
            }
        }
    }

    /// In nanoseconds.
    private static let oldAge: UInt64 = 1_000_000_000
    /// The workers wait meanwhile: about two milliseconds.
    private static let copyLimit = 2000

    // MARK: The end

    func end(_ error: KafkaError?, discarding: Bool) {
        state.withLock { state in
            state.parallel.stop()
            if let error, state.failure == nil { state.failure = error }
        }
        if error != nil {
            client?.loop.lifecycle.advance(to: .stopped)
            waker.wake()
        }
    }

    func pending(now: ContinuousClock.Instant) -> PendingRecords {
        let step = housekeeping.withLock { $0.drain(timeout: shutdownTimeout, now: now) }
        switch step {
        case .wait: break
        case .cancel: cancelHandlers()
        case .leave: return PendingRecords()
        }
        let time = MonotonicTime.now
        let held = state.withLock { $0.parallel.busy }
        return PendingRecords(
            held: held.map { place, since in
                let age = MonotonicTime.duration(from: since, to: time)
                return PendingRecords.Record(place: place, since: now - age)
            }
        )
    }

    func leave() {
        let commits = state.withLock { state in
            state.parallel.partitionViews.compactMap { state.parallel.fence($0.topicPartition) }
        }
        // In a revoke there is no repetition: a broker that waits for this member to join again refuses every commit.
        commitAndWait(commits, repetition: .seconds(2))
        endWorkers()
    }

    func close() {
        endWorkers()
        detach()
    }
}
