/// The reading of records that were read before and set aside.
struct SecondReading: Sendable {
    /// The lowest offset that can still come.
    var next: Int
    /// The first offset that was never read.
    let end: Int
    /// The offsets below ``end`` that are in memory.
    var held: Set<Int>
}

/// A key and a partition, by their numbers in the scheduler.
struct AsidePlace: Hashable, Sendable {
    let lane: Int
    let partition: Int
}

// A key that fails again and again must not fill its partition's part of the memory, because the other keys would find
// no room. When the records that wait behind failing records fill most of a full partition, they leave the memory, and
// later records of their keys are not taken in. They stay unfinished, so that no commit passes them. The first records
// of each key stay in memory, because it takes long to read a partition again, and the next record of the key may fail
// too. As soon as they have all left, the reader goes back to the first of the others.
extension ParallelState {
    /// Drops the records that wait behind failing records of their keys, in each full partition that they fill for the
    /// most part. Call it from time to time. O(all records) for each partition that takes in nothing.
    ///
    /// - Returns: The partitions, each with the number of its records that are not in memory.
    package mutating func setBlockedAside() -> [(partition: KafkaTopicPartition, records: Int)] {
        let heldUp = partitions.indices.filter { partitions[$0].phase == .active && partitions[$0].isHeldUp }
        // The failing record may be in another partition.
        guard !heldUp.isEmpty, scheduler.hasFailing else { return [] }
        var result: [(partition: KafkaTopicPartition, records: Int)] = []
        for index in heldUp {
            let (blocked, failing) = scheduler.blocked(partition: index)
            guard blocked.records > 0 else { continue }
            let fills =
                (blocked.records + failing.records) * 2 >= partitions[index].records
                || (blocked.bytes + failing.bytes) * 2 >= partitions[index].bytes
            guard fills else { continue }
            let leaving = scheduler.setAside(partition: index, keeping: kept(index, failing))
            if leaving.isEmpty { continue }
            for aside in leaving {
                let place = AsidePlace(lane: aside.lane, partition: index)
                asides[place] = min(asides[place] ?? .max, aside.first)
                held -= aside.offsets.count
                heldBytes -= aside.bytes
                partitions[index].records -= aside.offsets.count
                partitions[index].bytes -= aside.bytes
                partitions[index].aside += aside.offsets.count
                for offset in aside.offsets { partitions[index].secondReading?.held.remove(offset) }
            }
            result.append((partitions[index].topicPartition, partitions[index].aside))
        }
        return result
    }

    /// How many records of failing keys stay in a partition's memory: so few that the partition opens.
    private func kept(_ index: Int, _ failing: KeyScheduler<Record>.Amount) -> KeyScheduler<Record>.Amount {
        var records = min(share.records / 4, max(0, share.records / 2 - failing.records))
        if let limit = partitions[index].pendingLimit { records = min(records, limit / 2) }
        return (records, min(share.bytes / 4, max(0, share.bytes / 2 - failing.bytes)))
    }

    /// Whether a record must not be taken in because earlier records of its key are set aside.
    func isAside(_ record: Record, _ index: Int, _ lane: SchedulingLane) -> Bool {
        guard !asides.isEmpty, let lane = scheduler.keyLane(of: record, lane) else { return false }
        return asides[AsidePlace(lane: lane, partition: index)] != nil
    }

    /// Removes a record from the scheduler. If it was the last one of its key, and records of the key are set aside,
    /// they are read again.
    mutating func remove(_ job: ScheduledJobID) {
        let lane = asides.isEmpty ? nil : scheduler.lane(of: job)
        scheduler.finish(job)
        guard let lane else { return }
        for (place, offset) in asides where place.lane == lane {
            if scheduler.has(lane: lane, partition: place.partition) { continue }
            asides[place] = nil
            goBack(place.partition, to: offset)
        }
    }

    /// Notes that records of a partition left the scheduler unfinished: they may have been the ones for which others
    /// were set aside.
    mutating func forgetAsides(of index: Int) {
        for (place, offset) in asides {
            asides[place] = nil
            if place.partition != index { goBack(place.partition, to: offset) }
        }
    }

    private mutating func goBack(_ index: Int, to offset: Int) {
        guard partitions[index].phase == .active else { return }
        // The reader comes by.
        if partitions[index].returnTo == nil, let reading = partitions[index].secondReading, offset >= reading.next {
            return
        }
        partitions[index].returnTo = min(partitions[index].returnTo ?? .max, offset)
        hasReturns = true
    }

    /// The partitions that must be sought back now, each with its offset. Until ``rewound(_:to:)`` they take in
    /// nothing.
    package mutating func takeReturns() -> [(partition: KafkaTopicPartition, offset: Int)] {
        guard hasReturns else { return [] }
        hasReturns = false
        return partitions.compactMap { partition in
            guard partition.phase == .active, let offset = partition.returnTo else { return nil }
            return (partition.topicPartition, offset)
        }
    }

    /// Notes that the reader went back to an offset because records were set aside.
    mutating func returned(_ index: Int, to offset: Int) {
        guard let target = partitions[index].returnTo else { return }
        // An earlier record was set aside too.
        guard offset <= target else {
            hasReturns = true
            return
        }
        partitions[index].returnTo = nil
        partitions[index].secondReading = SecondReading(
            next: offset,
            end: partitions[index].frontier.nextOffset ?? offset,
            held: scheduler.offsets(partition: index, from: offset)
        )
    }

    /// Takes a record that comes for the second time, if it was set aside; nil if its offset does not ascend.
    mutating func offerAgain(
        _ record: consuming Record,
        _ index: Int,
        _ offset: Int,
        _ bytes: Int,
        _ lane: SchedulingLane
    ) -> Intake? {
        guard let reading = partitions[index].secondReading, offset >= reading.next else { return nil }
        finishMissing(index, below: offset)
        partitions[index].secondReading?.next = offset + 1
        guard partitions[index].frontier.isPending(offset),
            partitions[index].secondReading?.held.contains(offset) == false
        else { return .known }
        if isAside(record, index, lane) { return .setAside }
        partitions[index].aside -= 1
        take(record, index, offset, bytes, lane)
        return .taken
    }

    /// Ends the second reading of a partition: the reader is at this offset.
    mutating func endSecondReading(_ index: Int) {
        guard let end = partitions[index].secondReadingEnd else { return }
        finishMissing(index, below: end)
        partitions[index].secondReading = nil
    }

    /// A record that was set aside and did not come again is gone: the broker has removed it.
    private mutating func finishMissing(_ index: Int, below offset: Int) {
        guard let reading = partitions[index].secondReading else { return }
        let end = min(offset, reading.end)
        var next = reading.next
        while let missing = partitions[index].frontier.firstPending(from: next), missing < end {
            next = missing + 1
            if reading.held.contains(missing) { continue }
            partitions[index].frontier.finish(missing)
            partitions[index].aside -= 1
            partitions[index].isDirty = true
        }
    }
}
