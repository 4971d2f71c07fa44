extension ParallelState {
    /// The result of offering a record.
    package enum Intake: Equatable, Sendable {
        case taken
        /// The record was finished before the partition came here.
        case finishedBefore
        /// The record's partition is not assigned, is about to go, or is being sought back.
        case refused
        /// The record's offset does not ascend: the log was cut off, or was read twice. Seek the partition to this
        /// offset, then call ``ParallelState/rewound(_:to:)``.
        case rewind(to: Int)
    }

    /// How many records of a partition may come now; 0 until there is room again. A full partition opens when half of
    /// its share is free.
    ///
    /// The number is a guess from the mean size of the latest records. Records may be larger: ask ``hasRoom(partition:)``
    /// between two records.
    package mutating func room(_ topicPartition: KafkaTopicPartition) -> Int {
        let index = index(of: topicPartition)
        guard partitions[index].phase == .active, !isStopping else { return 0 }
        let share = limits.share(of: active)
        let (records, bytes) = (partitions[index].records, partitions[index].bytes)
        if records >= share.records || bytes >= share.bytes {
            partitions[index].isFull = true
        } else if records <= share.records / 2, bytes <= share.bytes / 2 {
            partitions[index].isFull = false
        }
        if partitions[index].isFull { return 0 }
        let freeBytes = min(share.bytes - bytes, limits.bytes - heldBytes - fencedBytes)
        var room = min(share.records - records, limits.records - held - fenced, freeBytes / meanBytes(index))
        if room <= 0 {
            isStarved = true
            // A partition that came late finds the others with larger parts. It gets one record at a time through, but
            // not while records of lost assignments, which no limit of the partition counts, fill the memory.
            let mayPass = records == 0 && fenced < limits.records && fencedBytes < limits.bytes
            room = mayPass ? 1 : 0
        }
        guard let limit = partitions[index].pendingLimit else { return room }
        return min(room, max(0, limit - partitions[index].frontier.pending))
    }

    /// Before the first record, a guess that does not let a flood of large records in.
    private func meanBytes(_ index: Int) -> Int {
        partitions[index].meanBytes > 0 ? partitions[index].meanBytes : 16_384
    }

    /// Whether one more record of a partition may come. O(1), without a look-up: ask it between two records.
    package func hasRoom(partition index: Int) -> Bool {
        guard partitions.indices.contains(index), partitions[index].phase == .active, !isStopping else { return false }
        let share = limits.share(of: active)
        return partitions[index].records < share.records && partitions[index].bytes < share.bytes
            && held + fenced < limits.records && heldBytes + fencedBytes < limits.bytes
    }

    /// Takes in a record. Offer the records of a partition in the order of the reader.
    ///
    /// - Parameter index: The number of the record's partition, from ``index(of:)``.
    package mutating func offer(
        _ record: Record,
        partition index: Int,
        offset: Int,
        bytes: Int,
        lane: SchedulingLane
    ) -> Intake {
        guard partitions.indices.contains(index), partitions[index].phase == .active, !isStopping else {
            counts.dropped += 1
            return .refused
        }
        switch partitions[index].frontier.begin(offset) {
        case .pending:
            scheduler.add(record, partition: index, offset: offset, bytes: bytes, lane: lane)
            held += 1
            heldBytes += bytes
            partitions[index].records += 1
            partitions[index].bytes += bytes
            let mean = partitions[index].meanBytes
            partitions[index].meanBytes = mean == 0 ? bytes : mean - mean / 8 + bytes / 8
            counts.taken += 1
            return .taken
        case .finishedBefore:
            partitions[index].isDirty = true
            counts.skippedAsFinished += 1
            return .finishedBefore
        case .outOfOrder:
            let target = min(max(0, offset), partitions[index].frontier.frontier ?? offset)
            end(index, .rewinding)
            counts.rewinds += 1
            return .rewind(to: target)
        }
    }

    /// Notes that the reader is at the end of a partition, at this offset. The frontier moves over transaction markers and
    /// compacted records at the end, so that the committed offset is not stuck before them.
    ///
    /// Call it in the order of the reader, after all records below this offset were offered. It does nothing for a
    /// partition that takes in no records: a record below the offset may have been refused.
    package mutating func pass(_ topicPartition: KafkaTopicPartition, to position: Int) {
        guard let index = knownIndex(of: topicPartition), partitions[index].phase == .active, !isStopping else {
            return
        }
        let frontier = partitions[index].frontier.frontier
        partitions[index].frontier.pass(to: position)
        if partitions[index].frontier.frontier != frontier { partitions[index].isDirty = true }
    }

    /// Notes that the reader was sought back to an offset. Its next record comes from there.
    package mutating func rewound(_ topicPartition: KafkaTopicPartition, to offset: Int) {
        let index = index(of: topicPartition)
        guard partitions[index].phase == .rewinding else { return }
        partitions[index].begin(committed: offset, finished: [])
    }
}
