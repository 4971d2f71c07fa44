extension ParallelState {
    // MARK: Beginning

    /// Begins a handler with one record; nil if none may begin now.
    package mutating func begin(now: UInt64) -> ScheduledJobID? {
        guard !isStopping, let job = scheduler.begin(now: now) else { return nil }
        noteBegun(job)
        return job
    }

    /// Begins a handler with up to ``ParallelLimits/batch`` records; false if none may begin now.
    package mutating func beginBatch(now: UInt64, into batch: inout [ScheduledJobID]) -> Bool {
        let first = batch.count
        guard !isStopping, scheduler.begin(upTo: limits.batch, now: now, into: &batch) else { return false }
        for job in batch[first...] { noteBegun(job) }
        return true
    }

    private mutating func noteBegun(_ job: ScheduledJobID) {
        partitions[scheduler.jobs[job.index].partition].running += 1
    }

    /// The record with this name; nil if it has left.
    package func view(_ job: ScheduledJobID) -> KeyScheduler<Record>.View? { scheduler.view(job) }

    /// Whether a record's partition was lost, or sought back, after a handler had begun with the record: the result
    /// counts for nothing.
    func isFenced(_ job: ScheduledJobID) -> Bool {
        scheduler.index(of: job).map { scheduler.jobs[$0].isFenced } ?? false
    }

    /// Whether a record may have another attempt here: the consumer does not stop, and the record's partition stays.
    func mayBeginAgain(_ job: ScheduledJobID) -> Bool {
        scheduler.index(of: job).map { mayBeginAgain(scheduler.jobs[$0].partition) } ?? false
    }

    // MARK: Ending

    /// Notes that a handler has ended. Settle each of its records, before or after this call.
    package mutating func endHandler() {
        scheduler.endHandler()
    }

    /// Settles a record whose handler has ended.
    package mutating func settle(_ job: ScheduledJobID, _ settlement: ParallelSettlement) -> ParallelSignals {
        guard let place = scheduler.index(of: job), scheduler.jobs[place].phase == .running else { return [] }
        if scheduler.jobs[place].isFenced { return dropLate(job, place) }
        let index = scheduler.jobs[place].partition
        partitions[index].running -= 1
        switch settlement {
        case .succeeded:
            counts.processed += 1
            return complete(job, index)
        case .skip:
            counts.skipped += 1
            return complete(job, index)
        case .retry(let due):
            return wait(job, index, until: due, for: .handle)
        case .notHandled:
            guard mayBeginAgain(index) else { return giveUp(job, index) }
            scheduler.putBack(job)
            return []
        case .deadLetter:
            scheduler.holdForDeadLetter(job)
            partitions[index].leaving += 1
            return []
        case .stop:
            abandon(job, index)
            stop()
            return drainSignal(index).union(.stopped)
        }
    }

    /// Notes that the send of a record's dead letter has ended.
    ///
    /// - Parameter retryAt: When to send it again; nil if it succeeded, which finishes the record.
    package mutating func endDeadLetter(_ job: ScheduledJobID, retryAt: UInt64?) -> ParallelSignals {
        guard let place = scheduler.index(of: job), scheduler.jobs[place].phase == .leaving else { return [] }
        if scheduler.jobs[place].isFenced { return dropLate(job, place) }
        let index = scheduler.jobs[place].partition
        partitions[index].leaving -= 1
        if let retryAt { return wait(job, index, until: retryAt, for: .sendDeadLetter) }
        counts.deadLettered += 1
        return complete(job, index)
    }

    /// Brings back the records whose wait is over.
    ///
    /// - Returns: The records whose dead letter must be sent again now.
    package mutating func wake(now: UInt64) -> [ScheduledJobID] {
        var letters: [ScheduledJobID] = []
        while let entry = retries.popDue(now: now) {
            partitions[entry.partition].waiting -= 1
            switch entry.purpose {
            case .handle: scheduler.resume(entry.job)
            case .sendDeadLetter:
                scheduler.holdForDeadLetter(entry.job)
                partitions[entry.partition].leaving += 1
                letters.append(entry.job)
            }
        }
        return letters
    }

    private mutating func dropLate(_ job: ScheduledJobID, _ place: Int) -> ParallelSignals {
        counts.late += 1
        fenced -= 1
        fencedBytes -= scheduler.jobs[place].bytes
        remove(job)
        return starvedSignal().union(returnSignal)
    }

    private mutating func complete(_ job: ScheduledJobID, _ index: Int) -> ParallelSignals {
        let place = job.index
        partitions[index].frontier.finish(scheduler.jobs[place].offset)
        release(scheduler.jobs[place].bytes, index)
        partitions[index].isDirty = true
        remove(job)
        return signals(index).union(returnSignal)
    }

    private mutating func wait(
        _ job: ScheduledJobID,
        _ index: Int,
        until due: UInt64,
        for purpose: RetryQueue.Purpose
    ) -> ParallelSignals {
        guard mayBeginAgain(index) else { return giveUp(job, index) }
        switch purpose {
        case .handle:
            scheduler.delay(job)
            counts.retried += 1
        case .sendDeadLetter: scheduler.park(job)
        }
        partitions[index].waiting += 1
        let isEarlier = retries.nextDue.map { due < $0 } ?? true
        retries.add(RetryQueue.Entry(due: due, job: job, partition: index, purpose: purpose))
        return isEarlier ? .dueEarlier : []
    }

    private func mayBeginAgain(_ index: Int) -> Bool { partitions[index].phase == .active && !isStopping }

    private mutating func giveUp(_ job: ScheduledJobID, _ index: Int) -> ParallelSignals {
        abandon(job, index)
        return drainSignal(index).union(starvedSignal())
    }

    // MARK: Signals

    /// The reader must go back: see ``takeReturns()``.
    private var returnSignal: ParallelSignals { hasReturns ? .reopened : [] }

    private func drainSignal(_ index: Int) -> ParallelSignals {
        partitions[index].phase == .revoking && partitions[index].isDrained ? .drained : []
    }

    /// A record has left: a partition that found no room because of the others may find it now.
    private mutating func starvedSignal() -> ParallelSignals {
        guard isStarved || isCrowded && isMostlyFree else { return [] }
        isStarved = false
        isCrowded = false
        return .reopened
    }

    private mutating func signals(_ index: Int) -> ParallelSignals {
        var signals = drainSignal(index).union(starvedSignal())
        // Most records need neither call below, and each call would copy a large value.
        let hasFewRanges = partitions[index].frontier.finishedRangeCount <= PartitionProgress.fewRanges
        let bound = hasFewRanges || !limits.commits ? 0 : partitions[index].metadataBound
        if partitions[index].pendingLimit == nil {
            if bound > limits.metadata / 4 * 3 {
                partitions[index].pendingLimit = max(64, partitions[index].queuedOrRunning)
                signals.insert(.commitNow)
            }
        } else {
            if bound <= limits.metadata / 2 { partitions[index].pendingLimit = nil }
            // Unless the reader found room at its last look. It then looks again by itself after it has read.
            if partitions[index].isHeldUp, !partitions[index].isFull { signals.insert(.reopened) }
        }
        if partitions[index].isFull, mayReopen(index) { signals.insert(.reopened) }
        return signals
    }
}
