internal import KafkaPropagation

extension ParallelSimulation {
    // MARK: The group

    mutating func anyPartition(of member: Int, where matches: (SimulatedMember.Ownership) -> Bool) -> Int? {
        let start = random.below(broker.partitions.count)
        for step in broker.partitions.indices {
            let partition = (start + step) % broker.partitions.count
            if let owned = members[member].owned[partition], matches(owned) { return partition }
        }
        return nil
    }

    mutating func assign(_ member: Int) {
        let start = random.below(broker.partitions.count)
        for step in broker.partitions.indices {
            let partition = (start + step) % broker.partitions.count
            guard broker.partitions[partition].owner == nil else { continue }
            // Sometimes a member learns of the loss only with the new assignment.
            if random.chance(50) { members[member].state.lose(broker.topicPartition(partition)) }
            broker.partitions[partition].owner = member
            broker.partitions[partition].epoch += 1
            let committed = broker.partitions[partition].committed
            var finished: [Range<Int>] = []
            let decoded = CommitMetadata.decode(
                broker.partitions[partition].metadata,
                committed: committed ?? 0,
                end: broker.partitions[partition].end
            )
            if committed != nil, case .finished(let ranges) = decoded { finished = ranges }
            let topicPartition = broker.topicPartition(partition)
            members[member].state.assign(topicPartition, committed: committed, finished: finished)
            members[member].owned[partition] = SimulatedMember.Ownership(
                position: committed ?? 0,
                epoch: broker.partitions[partition].epoch,
                index: members[member].state.index(of: topicPartition),
                finished: finished
            )
            report.rebalances += 1
            note("member \(member) gets \(partition) from \(committed ?? 0), finished \(finished)")
            return
        }
    }

    mutating func startRevoke(_ member: Int) {
        guard let partition = anyPartition(of: member, where: { !$0.isRevoking }) else { return }
        members[member].state.revoke(broker.topicPartition(partition))
        members[member].owned[partition]?.isRevoking = true
        note("\(partition) is about to go from member \(member)")
    }

    mutating func endRevoke(_ member: Int) throws(SimulationFailure) {
        guard let partition = anyPartition(of: member, where: { $0.isRevoking }),
            let owned = members[member].owned.removeValue(forKey: partition)
        else { return }
        let commit = members[member].state.fence(broker.topicPartition(partition))
        note("\(partition) goes from member \(member), commit \(commit?.offset ?? -1)")
        guard broker.partitions[partition].epoch == owned.epoch else { return }
        broker.partitions[partition].owner = nil
        guard var commit else { return }
        while broker.refuses(commit) {
            guard members[member].state.shortenMetadata(refused: [commit]) else { return }
            commit = commit.shortened(to: members[member].state.limits.metadata)
            report.refusedMetadata += 1
        }
        if let fault = broker.commit(partition, offset: commit.offset, metadata: commit.metadata) {
            throw failure(fault)
        }
    }

    /// The group takes a partition away, and the member does not know it yet.
    mutating func takeOwnership(_ member: Int) {
        guard let partition = anyPartition(of: member, where: { _ in true }),
            broker.partitions[partition].owner == member
        else { return }
        broker.partitions[partition].owner = nil
        broker.partitions[partition].epoch += 1
        note("\(partition) is lost to member \(member)")
    }

    mutating func crash(_ member: Int) {
        note("member \(member) is killed")
        report.crashes += 1
        for partition in broker.partitions.indices where broker.partitions[partition].owner == member {
            broker.partitions[partition].owner = nil
            broker.partitions[partition].epoch += 1
        }
        count(members[member])
        members[member] = SimulatedMember(limits)
    }

    /// A member stops in an orderly way, and a new one takes its place.
    mutating func leave(_ member: Int, _ handler: (SimulatedRecord) throws -> Void) throws(SimulationFailure) {
        members[member].state.stop()
        report.shutdowns += 1
        note("member \(member) stops")
        for partition in broker.partitions.indices {
            guard let owned = members[member].owned[partition] else { continue }
            // The reader may go on for a moment.
            if members[member].state.room(broker.topicPartition(partition)) > 0 {
                throw failure("member \(member) takes in records after its stop")
            }
            if broker.record(at: owned.position, in: partition) == nil { reachEnd(member, partition) }
        }
        if let job = members[member].state.begin(now: now) {
            throw failure("\(job) begins in member \(member) after its stop")
        }
        for _ in 0..<random.below(4) { try end(member, handler) }
        for _ in 0..<random.below(4) { endLetter(member, succeeds: random.chance(50)) }
        for partition in broker.partitions.indices where members[member].owned[partition] != nil {
            members[member].state.revoke(broker.topicPartition(partition))
            members[member].owned[partition]?.isRevoking = true
        }
        while members[member].owned.values.contains(where: \.isRevoking) { try endRevoke(member) }
        count(members[member])
        members[member] = SimulatedMember(limits)
    }

    // MARK: Commits

    mutating func requestCommits(_ member: Int) {
        for commit in members[member].state.takeCommits() {
            let partition = commit.topicPartition.partition.rawValue
            guard let owned = members[member].owned[partition] else { continue }
            note("member \(member) commits \(partition)/\(commit.offset)")
            members[member].commits.append((commit, partition, owned.epoch))
        }
    }

    mutating func answerCommit(_ member: Int, succeeds: Bool) throws(SimulationFailure) {
        guard !members[member].commits.isEmpty else { return }
        let (commit, partition, epoch) = members[member].commits.removeFirst()
        let isOwner =
            broker.partitions[partition].owner == member && broker.partitions[partition].epoch == epoch
        // An answer can be lost after the broker took the commit.
        var isTaken = isOwner && (succeeds || random.chance(50))
        if isTaken, broker.refuses(commit) {
            isTaken = false
            if !members[member].state.shortenMetadata(refused: [commit]) {
                throw failure("member \(member) cannot make the metadata of a commit shorter")
            }
            report.refusedMetadata += 1
        }
        if isTaken,
            let fault = broker.commit(partition, offset: commit.offset, metadata: commit.metadata)
        {
            throw failure(fault)
        }
        members[member].state.endCommit(commit, isCommitted: isTaken && succeeds)
    }
}
