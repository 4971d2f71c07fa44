/// The reading of records that were read before and set aside.
struct SecondReading: Sendable {
    /// The offset at which it began.
    let start: Int
    /// The lowest offset that can still come.
    var next: Int
    /// The first offset that was never read.
    let end: Int
    /// The offsets below ``end`` that are in memory.
    var held: Set<Int>
    /// Offsets that did not come although records among them were set aside, or that the reader passed with its step
    /// beyond ``end``.
    var gaps: [Range<Int>] = []
}

/// A partition to which the reader must go back; see ``ParallelState/takeReturns()``.
package struct ReturningPartition: Hashable, Sendable {
    package let topicPartition: KafkaTopicPartition
    /// The generation of its assignment.
    package let generation: Int
    /// How often the reader went back before.
    let readings: Int
}

/// The place from which a partition is read again.
package struct ParallelReturn: Equatable, Sendable {
    /// Seek the partition to this offset.
    package internal(set) var offset: Int
    /// The offsets from the first to the last of the records that were set aside and are gone, because the broker has
    /// removed them; nil if none is.
    package internal(set) var removed: ClosedRange<Int>?
    /// The number of those records.
    package internal(set) var removedRecords = 0
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

    /// The partitions that must be sought back now. Ask for the first offset of each log, and call
    /// ``findReturn(_:logStart:)``. Until ``rewound(_:to:)`` they take in nothing.
    package mutating func takeReturns() -> [ReturningPartition] {
        guard hasReturns else { return [] }
        hasReturns = false
        return partitions.filter { $0.phase == .active && $0.returnTo != nil }.map {
            ReturningPartition(
                topicPartition: $0.topicPartition,
                generation: $0.generation,
                readings: $0.readings
            )
        }
    }

    /// Makes ``takeReturns()`` name the partitions again that were not sought back.
    package mutating func repeatReturns() {
        if partitions.contains(where: { $0.phase == .active && $0.returnTo != nil }) { hasReturns = true }
    }

    /// Finds the offset to which a partition must be sought. Records that the broker has removed count as finished.
    ///
    /// A reader that asks for an offset below the log continues elsewhere, perhaps at the end of the log. So records
    /// that did not come are gone only if the log begins above them, or if it began at or below the offset at which
    /// the reading began. Otherwise they are read again.
    ///
    /// - Parameter logStart: The first offset of the log, as its leader told it after ``takeReturns()``.
    /// - Returns: Nil if the partition must not be sought any more, or if the reader went back since: the answer is
    ///   then older than the records that did not come.
    package mutating func findReturn(_ partition: ReturningPartition, logStart: Int) -> ParallelReturn? {
        let index = index(of: partition.topicPartition)
        guard partitions[index].generation == partition.generation, partitions[index].readings == partition.readings,
            partitions[index].phase == .active, !isStopping,
            let target = partitions[index].returnTo
        else { return nil }
        let (start, gaps) = partitions[index].secondReading.map { ($0.start, $0.gaps) } ?? (0, [])
        partitions[index].secondReading?.gaps = []
        let isComplete = logStart <= start
        let first = isComplete ? target : min(target, gaps.first?.lowerBound ?? target)
        var removed = isComplete ? gaps : []
        if first < logStart { removed.append(first..<logStart) }
        var result = ParallelReturn(offset: max(first, logStart))
        partitions[index].returnTo = result.offset
        if !removed.isEmpty { finishRemoved(index, removed, &result) }
        return result
    }

    /// Finishes the records of these ranges that are not in memory.
    private mutating func finishRemoved(_ index: Int, _ ranges: [Range<Int>], _ result: inout ParallelReturn) {
        let held = scheduler.offsets(partition: index, from: 0)
        for range in ranges {
            var next = range.lowerBound
            while let missing = partitions[index].frontier.firstPending(in: next..<range.upperBound) {
                next = missing + 1
                if held.contains(missing) { continue }
                partitions[index].frontier.finish(missing)
                partitions[index].aside -= 1
                partitions[index].isDirty = true
                let (first, last) = (result.removed?.lowerBound ?? missing, result.removed?.upperBound ?? missing)
                result.removed = min(first, missing)...max(last, missing)
                result.removedRecords += 1
            }
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
        partitions[index].readings += 1
        partitions[index].secondReading = SecondReading(
            start: offset,
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
        guard let reading = partitions[index].secondReading, offset >= reading.next, offset < .max else { return nil }
        if isMissing(index, below: offset) { partitions[index].secondReading?.gaps.append(reading.next..<offset) }
        partitions[index].secondReading?.next = offset + 1
        guard partitions[index].frontier.isPending(offset),
            partitions[index].secondReading?.held.contains(offset) == false
        else { return .known }
        if isAside(record, index, lane) { return .setAside }
        partitions[index].aside -= 1
        take(record, index, offset, bytes, lane)
        return .taken
    }

    /// Ends the second reading of a partition, because the reader is at or behind its end. If records are missing, the
    /// reader must go back once more, and the partition takes in nothing.
    ///
    /// - Returns: Whether the reading has ended.
    mutating func endSecondReading(_ index: Int) -> Bool {
        guard let reading = partitions[index].secondReading else { return true }
        // The reader may have passed records beyond the end too, which no one has read.
        if reading.next < reading.end { partitions[index].secondReading?.gaps.append(reading.next..<reading.end) }
        if partitions[index].secondReading?.gaps.isEmpty == true {
            partitions[index].secondReading = nil
            return true
        }
        partitions[index].returnTo = reading.end
        hasReturns = true
        return false
    }

    /// Whether a record that was set aside did not come: the reader is at this offset.
    private func isMissing(_ index: Int, below offset: Int) -> Bool {
        guard let reading = partitions[index].secondReading else { return false }
        var next = reading.next
        while let pending = partitions[index].frontier.firstPending(in: next..<offset) {
            if !reading.held.contains(pending) { return true }
            next = pending + 1
        }
        return false
    }
}
