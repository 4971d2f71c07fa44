internal import KafkaPropagation

extension ParallelSimulation {
    /// Checks the counts of every member.
    func checkBounds() throws(SimulationFailure) {
        for (number, member) in members.enumerated() {
            let state = member.state
            let fault: String? =
                if state.running != member.handlers.count {
                    "counts \(state.running) handlers, and has \(member.handlers.count)"
                } else if state.scheduler.count != state.held + state.fenced {
                    "counts \(state.held) and \(state.fenced) records, and has \(state.scheduler.count)"
                } else {
                    boundFault(state) ?? viewFault(state, member)
                }
            if let fault { throw failure("member \(number) \(fault)") }
        }
    }

    private func boundFault(_ state: ParallelState<SimulatedRecord>) -> String? {
        // Each partition gets at least one record through.
        let records = limits.records + broker.partitions.count
        if state.held > records { return "holds \(state.held) records" }
        if state.held + state.fenced >= limits.records + records {
            return "holds \(state.held) and \(state.fenced) records"
        }
        // The records of one read may all be larger than the ones before.
        let bytes = limits.bytes + (broker.partitions.count + Self.longestRead) * SimulatedRecord.maximumBytes
        return state.heldBytes > bytes ? "holds \(state.heldBytes) bytes" : nil
    }

    /// Compares the figures of the partitions with the sums and with the handlers.
    private func viewFault(_ state: ParallelState<SimulatedRecord>, _ member: SimulatedMember) -> String? {
        var (records, bytes, running) = (0, 0, 0)
        for view in state.partitionViews {
            records += view.records
            bytes += view.bytes
            running += view.running
            let place = view.topicPartition
            if min(view.running, view.waiting, view.leaving) < 0
                || view.running + view.waiting + view.leaving > view.records
            {
                return "miscounts the records of \(place): \(view)"
            }
            if view.phase == .active, view.pending != view.records + view.aside {
                return
                    "has \(view.records) records of \(place) and \(view.aside) aside, and \(view.pending) are pending"
            }
            if let oldest = state.oldest(in: place), oldest.offset != view.frontier {
                return "names \(oldest.offset) as the oldest record of \(place)"
            } else if view.phase == .active, view.pending > 0, view.aside == 0, state.oldest(in: place) == nil {
                return "has no oldest record of \(place)"
            }
        }
        if records != state.held || bytes != state.heldBytes {
            return "counts \(state.held) records of \(state.heldBytes) bytes, and its partitions \(records) of \(bytes)"
        }
        let expected = member.handlers.reduce(0) { sum, handler in
            sum + handler.jobs.count { state.view($0.id)?.isFenced == false }
        }
        return running == expected ? nil : "has \(expected) running records, and its partitions count \(running)"
    }

    /// The time that passes in each round of a group that comes to rest.
    private static let roundTime = 5

    /// The number of rounds within which a group comes to rest, if its handlers fail as often as they can.
    ///
    /// If every record waits for the one before it, each record takes all its attempts: one round runs the handler, and
    /// the next ones pass the time until the record is due again. The 20 stand for the work that is open at the start.
    private var roundLimit: Int {
        let attempt = 1 + Self.retryDelay / Self.roundTime
        return Self.attempts * attempt * (broker.handled.count + 20)
    }

    /// Lets everything go well until nothing is left to do, and checks that it is.
    mutating func comeToRest(_ handler: (SimulatedRecord) throws -> Void) throws(SimulationFailure) {
        var rounds = 0
        while true {
            step += 1
            rounds += 1
            if rounds > roundLimit {
                let record = broker.unhandled.map { "\($0.partition)/\($0.offset)" } ?? "a commit"
                throw failure("the group does not come to rest: \(record) is open")
            }
            for member in members.indices {
                for partition in members[member].owned.keys.sorted()
                where broker.partitions[partition].owner != member {
                    members[member].state.lose(broker.topicPartition(partition))
                    members[member].owned[partition] = nil
                }
                try endRevoke(member)
                assign(member)
                for partition in broker.partitions.indices { try fetch(member, partition, 3) }
                while members[member].state.ready > 0,
                    members[member].handlers.count < limits.maxConcurrency
                {
                    try begin(member)
                }
                try end(member, handler)
                endLetter(member, succeeds: true)
                setAside(member)
                wake(member, after: UInt64(Self.roundTime))
                requestCommits(member)
                try answerCommit(member, succeeds: true)
                try checkBounds()
            }
            if members.allSatisfy({ $0.isIdle && $0.state.held == 0 }), broker.unhandled == nil,
                areCommitted
            {
                break
            }
        }
        for (number, member) in members.enumerated() {
            let state = member.state
            if state.scheduler.count != 0 || state.heldBytes != 0 || state.fencedBytes != 0 || state.ready != 0 {
                throw failure("member \(number) holds \(state.scheduler.count) records at rest")
            }
            if state.scheduler.laneCount != 0 || state.nextDue != nil {
                throw failure("member \(number) keeps \(state.scheduler.laneCount) keys at rest")
            }
        }
    }

    private var areCommitted: Bool {
        broker.partitions.allSatisfy { partition in
            // Also over the gap at the end.
            partition.end == partition.committed ?? 0
        }
    }
}
