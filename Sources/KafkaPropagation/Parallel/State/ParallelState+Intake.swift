extension ParallelState {
    /// The result of offering a record.
    package enum Intake: Equatable, Sendable {
        case taken
        /// The record was finished before the partition came here.
        case finishedBefore
        /// The record is not taken in, because earlier records of its key were set aside. It comes again.
        case setAside
        /// The record came for the second time, and is finished or in memory.
        case known
        /// The record's partition is not assigned, is about to go, or is being sought back.
        case refused
        /// The record's offset does not ascend: the log was cut off, or was read twice. Seek the partition to this
        /// offset, then call ``ParallelState/rewound(_:to:)``.
        case rewind(to: Int)
    }

    /// How many records of a partition may come now; 0 until there is room again.
    ///
    /// Each partition may use an equal share of the memory, and more as long as half of the memory is free, so that one
    /// busy partition among many idle ones is not slow. A full partition opens when half of its allowance is free.
    ///
    /// The number is a guess from the mean size of the latest records. If the next ones are larger, they exceed the
    /// bound of bytes, and the partition then takes in no more until half of its allowance is free.
    package mutating func room(_ topicPartition: KafkaTopicPartition) -> Int {
        room(partition: index(of: topicPartition))
    }

    /// Does what ``room(_:)`` does, for the number that stands for a partition.
    package mutating func room(partition index: Int) -> Int {
        // A second reading needs no more memory for the frontier, and it alone may lower that.
        guard partitions[index].phase == .active, !isStopping, partitions[index].returnTo == nil,
            partitions[index].secondReadingEnd != nil || partitions[index].frontier.memory < limits.frontierBytes
        else { return 0 }
        let room = freeRoom(index)
        partitions[index].isHeldUp = room == 0
        return room
    }

    private mutating func freeRoom(_ index: Int) -> Int {
        let allowance = allowance(index)
        let (records, bytes) = (partitions[index].records, partitions[index].bytes)
        if records >= allowance.records || bytes >= allowance.bytes {
            partitions[index].isFull = true
        } else if isHalfFree(index, allowance) {
            partitions[index].isFull = false
        }
        if partitions[index].isFull {
            isCrowded = true
            return 0
        }
        let freeBytes = min(allowance.bytes - bytes, limits.bytes - heldBytes - fencedBytes)
        var room = min(allowance.records - records, limits.records - held - fenced, freeBytes / meanBytes(index))
        if room <= 0 {
            isStarved = true
            // A partition that came late finds the others with larger parts. It gets one record at a time through, but
            // not while records of lost assignments, which no limit of the partition counts, fill the memory.
            let mayPass = records == 0 && fenced < limits.records && fencedBytes < limits.bytes
            room = mayPass ? 1 : 0
        }
        guard let limit = partitions[index].pendingLimit else { return room }
        return min(room, max(0, limit - partitions[index].queuedOrRunning))
    }

    /// The most records and bytes that a partition may hold now.
    private func allowance(_ index: Int) -> (records: Int, bytes: Int) {
        let others = held + fenced - partitions[index].records
        let otherBytes = heldBytes + fencedBytes - partitions[index].bytes
        return (max(share.records, limits.records / 2 - others), max(share.bytes, limits.bytes / 2 - otherBytes))
    }

    private func isHalfFree(_ index: Int, _ allowance: (records: Int, bytes: Int)) -> Bool {
        partitions[index].records <= allowance.records / 2 && partitions[index].bytes <= allowance.bytes / 2
    }

    /// Whether a full partition may open because a record of it has left.
    func mayReopen(_ index: Int) -> Bool {
        partitions[index].isFull && isHalfFree(index, allowance(index))
    }

    /// Whether so much memory is free that every partition may open.
    var isMostlyFree: Bool {
        held + fenced <= limits.records / 4 && heldBytes + fencedBytes <= limits.bytes / 4
    }

    /// Before the first record, a guess that does not let a flood of large records in.
    private func meanBytes(_ index: Int) -> Int {
        partitions[index].meanBytes > 0 ? partitions[index].meanBytes : 16_384
    }

    /// Takes in a record. Offer the records of a partition in the order of the reader.
    ///
    /// - Parameter index: The number of the record's partition, from ``index(of:)``.
    package mutating func offer(
        _ record: consuming Record,
        partition index: Int,
        offset: Int,
        bytes: Int,
        lane: SchedulingLane
    ) -> Intake {
        guard partitions.indices.contains(index), partitions[index].phase == .active, !isStopping else {
            counts.dropped += 1
            return .refused
        }
        // It comes again from the offset to which the reader goes back.
        if partitions[index].returnTo != nil { return .refused }
        if let end = partitions[index].secondReadingEnd {
            if offset < end { return offerAgain(record, index, offset, bytes, lane) ?? rewind(index, offset) }
            if !endSecondReading(index) { return .refused }
        }
        switch partitions[index].frontier.begin(offset) {
        case .pending:
            if isAside(record, index, lane) {
                partitions[index].aside += 1
                return .setAside
            }
            take(record, index, offset, bytes, lane)
            return .taken
        case .finishedBefore:
            partitions[index].isDirty = true
            counts.skippedAsFinished += 1
            return .finishedBefore
        case .outOfOrder: return rewind(index, offset)
        }
    }

    mutating func take(_ record: consuming Record, _ index: Int, _ offset: Int, _ bytes: Int, _ lane: SchedulingLane) {
        scheduler.add(record, partition: index, offset: offset, bytes: bytes, lane: lane)
        held += 1
        heldBytes += bytes
        partitions[index].records += 1
        partitions[index].bytes += bytes
        let mean = partitions[index].meanBytes
        partitions[index].meanBytes = mean == 0 ? bytes : mean - mean / 8 + bytes / 8
        counts.taken += 1
    }

    private mutating func rewind(_ index: Int, _ offset: Int) -> Intake {
        let target = min(max(0, offset), partitions[index].frontier.frontier ?? offset)
        end(index, .rewinding)
        counts.rewinds += 1
        return .rewind(to: target)
    }

    /// Notes that the reader is at the end of a partition, at this offset. The frontier moves over transaction markers
    /// and compacted records at the end, so that the committed offset is not stuck before them.
    ///
    /// Call it in the order of the reader, after all records below this offset were offered. It does nothing for a
    /// partition that takes in no records: a record below the offset may have been refused.
    package mutating func pass(_ topicPartition: KafkaTopicPartition, to position: Int) {
        guard let index = knownIndex(of: topicPartition), partitions[index].phase == .active, !isStopping,
            partitions[index].returnTo == nil
        else { return }
        if let end = partitions[index].secondReadingEnd {
            if position < end || !endSecondReading(index) { return }
        }
        let frontier = partitions[index].frontier.frontier
        partitions[index].frontier.pass(to: position)
        if partitions[index].frontier.frontier != frontier { partitions[index].isDirty = true }
    }

    /// Notes that the reader was sought back to an offset. Its next record comes from there.
    package mutating func rewound(_ topicPartition: KafkaTopicPartition, to offset: Int) {
        let index = index(of: topicPartition)
        if partitions[index].phase == .active { return returned(index, to: offset) }
        guard partitions[index].phase == .rewinding else { return }
        partitions[index].begin(committed: offset, finished: [])
    }
}
