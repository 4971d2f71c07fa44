internal import KafkaPropagation

extension ParallelSimulation {
    // MARK: Handlers

    mutating func begin(_ member: Int) throws(SimulationFailure) {
        var batch: [ScheduledJobID] = []
        if limits.batch > 1 {
            guard members[member].state.beginBatch(now: now, into: &batch) else { return }
        } else if let job = members[member].state.begin(now: now) {
            batch = [job]
        }
        if batch.isEmpty { return }
        var handler = SimulatedMember.Handler(jobs: [])
        for job in batch {
            guard let view = members[member].state.view(job) else {
                throw failure("a record that begins is not there")
            }
            var record = view.record
            record.attempt = view.attempts
            note("member \(member) begins \(record.partition)/\(record.offset) key \(record.key ?? -1)")
            try check(record, member, in: handler)
            handler.jobs.append((job, record))
        }
        if handler.jobs.count > limits.batch {
            throw failure("a handler has \(handler.jobs.count) records")
        }
        members[member].handlers.append(handler)
        if members[member].handlers.count > limits.maxConcurrency {
            throw failure("\(members[member].handlers.count) handlers run, \(limits.maxConcurrency) may")
        }
    }

    private func check(
        _ record: SimulatedRecord,
        _ member: Int,
        in handler: SimulatedMember.Handler
    ) throws(SimulationFailure) {
        let place = "\(record.partition)/\(record.offset)"
        for other in members[member].handlers {
            if let twin = other.jobs.first(where: { mustNotOverlap($0.record, record) })?.record {
                throw failure("\(place) begins while \(twin.partition)/\(twin.offset) of the same key runs")
            }
        }
        if ordering == .unordered || (record.key == nil && ordering == .key && !isSerialWithoutKey) {
            return
        }
        let earlier = broker.predecessor(of: record) { other in
            (ordering == .partition || other.key == record.key)
                && !handler.jobs.contains { $0.record.id == other.id }
        }
        if let earlier {
            throw failure("\(place) begins before \(earlier.partition)/\(earlier.offset) of its key")
        }
    }

    private func mustNotOverlap(_ left: SimulatedRecord, _ right: SimulatedRecord) -> Bool {
        if left.id == right.id { return true }
        return switch ordering {
        case .unordered: false
        case .partition: left.partition == right.partition
        case .key:
            if left.key == nil, right.key == nil {
                isSerialWithoutKey && left.partition == right.partition
            } else {
                left.key == right.key
            }
        }
    }

    /// Ends any of the member's handlers.
    mutating func end(
        _ member: Int,
        _ handler: (SimulatedRecord) throws -> Void
    ) throws(SimulationFailure) {
        guard !members[member].handlers.isEmpty else { return }
        let ended = members[member].handlers.remove(at: random.below(members[member].handlers.count))
        members[member].state.endHandler()
        let fails = random.chance(failures)
        var throwsError = false
        for (_, record) in ended.jobs where !fails && !throwsError {
            do { try handler(record) } catch { throwsError = true }
        }
        // A caller may settle each record of a batch in another way.
        let isMixed = ended.jobs.count > 1 && failures > 0 && random.chance(20)
        var ends: [(ScheduledJobID, SimulatedRecord, ParallelSettlement)] = []
        var failed: [SimulatedRecord] = []
        var notHandled: [SimulatedRecord] = []
        for (job, record) in ended.jobs {
            let settlement: ParallelSettlement =
                if throwsError {
                    retry(record)
                } else if notHandled.contains(where: { mustNotOverlap($0, record) })
                    || isMixed && failed.contains(where: { mustNotOverlap($0, record) }) && random.chance(70)
                {
                    .notHandled
                } else if fails || isMixed && random.chance(50) {
                    decide(record)
                } else {
                    .succeeded
                }
            if settlement == .notHandled {
                notHandled.append(record)
            } else if settlement != .succeeded {
                failed.append(record)
            }
            ends.append((job, record, settlement))
        }
        if random.chance(50) { ends.reverse() }
        for (job, record, settlement) in ends {
            note("member \(member) ends \(record.partition)/\(record.offset): \(settlement)")
            switch settlement {
            case .succeeded: broker.noteHandled(record)
            // A late skip does not count as handled: the record is handled again.
            case .skip:
                if members[member].state.view(job)?.isFenced == false { broker.noteHandled(record) }
            case .deadLetter: members[member].letters.append((job, record))
            case .retry, .notHandled, .stop: break
            }
            _ = members[member].state.settle(job, settlement)
            // A result may come twice.
            if random.chance(5), settlement != .deadLetter {
                _ = members[member].state.settle(job, .succeeded)
            }
        }
    }

    /// The decision after a failure that the simulation made.
    private mutating func decide(_ record: SimulatedRecord) -> ParallelSettlement {
        switch random.below(10) {
        case 0: .skip
        case 1, 2: .deadLetter
        default: retry(record)
        }
    }

    /// After so many attempts in one member, a record becomes a dead letter.
    static let attempts = 20

    /// The next attempt is due before this time has passed.
    static let retryDelay = 30

    private mutating func retry(_ record: SimulatedRecord) -> ParallelSettlement {
        record.attempt < Self.attempts ? .retry(at: now + UInt64(random.below(Self.retryDelay))) : .deadLetter
    }

    mutating func endLetter(_ member: Int, succeeds: Bool) {
        guard !members[member].letters.isEmpty else { return }
        let (job, record) = members[member].letters.removeFirst()
        note(
            "member \(member): dead letter of \(record.partition)/\(record.offset) \(succeeds ? "sent" : "failed")"
        )
        if succeeds { broker.noteHandled(record) }
        _ = members[member].state.endDeadLetter(
            job,
            retryAt: succeeds ? nil : now + UInt64(random.below(Self.retryDelay))
        )
    }

    mutating func wake(_ member: Int, after time: UInt64) {
        now += time
        for job in members[member].state.wake(now: now) {
            if let record = members[member].state.view(job)?.record {
                members[member].letters.append((job, record))
            }
        }
    }
}
