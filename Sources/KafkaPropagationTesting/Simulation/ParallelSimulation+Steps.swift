internal import KafkaPropagation

extension ParallelSimulation {
    /// Runs one step: a random one of the possible events.
    mutating func perform(_ handler: (SimulatedRecord) throws -> Void) throws(SimulationFailure) {
        let member = random.below(members.count)
        switch random.below(100) {
        case 0..<22: try fetch(member, 1 + random.below(Self.longestRead))
        case 22..<42: try begin(member)
        case 42..<62: try end(member, handler)
        case 62..<66: endLetter(member, succeeds: random.chance(60))
        case 66..<72:
            setAside(member)
            wake(member, after: UInt64(random.below(40)))
        case 72..<76: requestCommits(member)
        case 76..<80: try answerCommit(member, succeeds: random.chance(80))
        case 80..<86: assign(member)
        case 86..<89: startRevoke(member)
        case 89..<92: try endRevoke(member)
        case 92..<93: takeOwnership(member)
        case 93..<94: crash(member)
        case 94..<95: readAgain(member)
        case 95..<96: try cutLog()
        case 96..<97: Self.append(to: &broker, keys: 3, &random)
        case 97..<98: try leave(member, handler)
        default: try disturb(member)
        }
    }

    // MARK: Reading

    /// The most records of one read.
    static let longestRead = 6

    mutating func fetch(_ member: Int, _ count: Int) throws(SimulationFailure) {
        guard let partition = anyPartition(of: member, where: { !$0.isRevoking }) else { return }
        try fetch(member, partition, count)
    }

    mutating func fetch(
        _ member: Int,
        _ partition: Int,
        _ count: Int,
        ignoringRoom: Bool = false
    ) throws(SimulationFailure) {
        goBack(member)
        let room = members[member].state.room(broker.topicPartition(partition))
        for _ in 0..<(ignoringRoom ? count : min(room, count)) {
            guard let owned = members[member].owned[partition] else { return }
            guard let record = broker.record(at: owned.position, in: partition) else {
                reachEnd(member, partition)
                return
            }
            members[member].owned[partition]?.position = record.offset + 1
            let taken = members[member].state.offer(
                record,
                partition: owned.index,
                offset: record.offset,
                bytes: record.bytes,
                lane: lane(of: record)
            )
            note(
                "member \(member) reads \(record.partition)/\(record.offset) key \(record.key ?? -1): \(taken)"
            )
            switch taken {
            case .taken:
                if ignoringRoom || owned.finished.contains(where: { $0.contains(record.offset) }) {
                    throw failure("\(record.partition)/\(record.offset) is taken again")
                }
            case .finishedBefore:
                if !broker.handled[record.id] {
                    throw failure("\(record.partition)/\(record.offset) is taken for finished")
                }
            case .known, .setAside: break
            case .refused:
                // Unless the reader has to go back once more, because offsets before the record did not come.
                let isReturning = members[member].state.partitionView(broker.topicPartition(partition))?.isReturning
                if isReturning != true { throw failure("a record of an active partition is refused") }
                goBack(member)
                return
            case .rewind(let target):
                members[member].owned[partition]?.position = target
                members[member].owned[partition]?.finished = []
                members[member].state.rewound(broker.topicPartition(partition), to: target)
            }
        }
    }

    /// The reader goes back to records that were set aside.
    private mutating func goBack(_ member: Int) {
        for returning in members[member].state.takeReturns() {
            let partition = returning.topicPartition.partition.rawValue
            guard members[member].owned[partition] != nil,
                let offset = members[member].state.findReturn(returning, logStart: 0)?.offset
            else { continue }
            note("member \(member) goes back to \(offset) in \(partition)")
            members[member].owned[partition]?.position = offset
            members[member].state.rewound(returning.topicPartition, to: offset)
            report.returns += 1
        }
    }

    /// Records that wait behind failing ones leave the memory of a full partition.
    mutating func setAside(_ member: Int) {
        for (partition, records) in members[member].state.setBlockedAside() {
            note("member \(member) has \(records) records of \(partition) set aside")
        }
    }

    /// The reader learns that it is at the end of a partition.
    mutating func reachEnd(_ member: Int, _ partition: Int) {
        guard let position = members[member].owned[partition]?.position else { return }
        let end = max(position, broker.partitions[partition].end)
        members[member].owned[partition]?.position = end
        members[member].state.pass(broker.topicPartition(partition), to: end)
        note("member \(member) is at the end of \(partition): \(end)")
    }

    private func lane(of record: SimulatedRecord) -> SchedulingLane {
        switch ordering {
        case .unordered: .none
        case .partition: .partition
        case .key:
            // Few hashes: keys that are not the same meet in one bucket.
            record.key.map { .key(hash: $0 % 2) } ?? (isSerialWithoutKey ? .partition : .none)
        }
    }

    /// The reader goes back, as after a repeated fetch.
    private mutating func readAgain(_ member: Int) {
        guard let partition = anyPartition(of: member, where: { !$0.isRevoking }),
            let position = members[member].owned[partition]?.position
        else { return }
        // No reader starts before the committed offset.
        let lowest = broker.partitions[partition].committed ?? 0
        members[member].owned[partition]?.position = max(
            min(lowest, position),
            position - 1 - random.below(4)
        )
        note("member \(member) reads \(partition) again")
    }

    /// A leader without the last records takes over, and their offsets are used again.
    private mutating func cutLog() throws(SimulationFailure) {
        let partition = random.below(broker.partitions.count)
        let owner = broker.partitions[partition].owner
        // No consumer can notice the cut if another member knows the lost records as finished.
        for member in members.indices where member != owner && members[member].owned[partition] != nil {
            return
        }
        if let owner, members[owner].owned[partition]?.isRevoking != false { return }
        // Nor if it reads records again.
        if let owner, members[owner].state.partitionView(broker.topicPartition(partition))?.isReadAgain == true {
            return
        }
        let lowest = broker.lowestCut(partition)
        let end = broker.partitions[partition].end
        guard lowest < end else { return }
        let offset = lowest + random.below(end - lowest)
        note("partition \(partition) is cut off at \(offset)")
        broker.cut(partition, at: offset)
        for member in members.indices {
            for (commit, _, _) in members[member].commits
            where commit.topicPartition.partition.rawValue == partition {
                members[member].state.endCommit(commit, isCommitted: false)
            }
            members[member].commits.removeAll { $0.partition == partition }
        }
        for _ in 0...random.below(3) { broker.append(to: partition, key: random.below(3), gap: 0) }
        guard let owner, let position = members[owner].owned[partition]?.position else { return }
        members[owner].owned[partition]?.position = min(position, offset)
        // A reader that was beyond the cut notices it with its next fetch, before it commits. The record is not taken.
        let known = members[owner].state.partitionView(broker.topicPartition(partition))?.end ?? 0
        if known > offset { try fetch(owner, partition, 1, ignoringRoom: true) }
    }

    /// Makes calls that are late, repeated, or without effect.
    private mutating func disturb(_ member: Int) throws(SimulationFailure) {
        let other = random.below(members.count)
        if let job = members[other].handlers.first?.jobs.first?.id, other != member {
            _ = members[member].state.view(job)
        }
        if let letter = members[member].letters.first?.id {
            _ = members[member].state.settle(letter, .succeeded)
        }
        if let job = members[member].handlers.last?.jobs.last?.id {
            _ = members[member].state.endDeadLetter(job, retryAt: nil)
        }
        goBack(member)
        setAside(member)
        let partition = random.below(broker.partitions.count)
        members[member].state.rewound(broker.topicPartition(partition), to: 0)
        let count = members[member].state.scheduler.count
        let running = members[member].handlers.reduce(0) { $0 + $1.jobs.count }
        let swapped = members[member].state.replaceRecords { $0.attempt = 0 }
        if swapped != count - running { throw failure("member \(member) swaps \(swapped) of \(count) records") }
    }
}
