import ContextPropagation
import KafkaPropagationTesting
import PropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// The engine without a client: the tests make the calls of the poll loop.
@Suite("The engine of a parallel consumer", .timeLimit(.minutes(10)))
struct ParallelEngineTests {
    private struct Failed: Error {}

    private func partition(_ number: Int) -> AssignedPartition {
        let place = KafkaTopicPartition(topic: "frames", partition: KafkaPartition(rawValue: number))
        return AssignedPartition(topicPartition: place, index: number, generation: 1)
    }

    private func engine(
        _ options: ParallelConsumer.Options = ParallelConsumer.Options(),
        _ handler: @escaping @Sendable (KafkaRecord) async throws -> Void
    ) throws -> ParallelEngine {
        try engine(options, work: .record(handler))
    }

    private func engine(
        _ options: ParallelConsumer.Options = ParallelConsumer.Options(),
        _ strategy: KafkaConsumerConfiguration.ConsumptionStrategy = .all("frames"),
        work: ParallelWork
    ) throws -> ParallelEngine {
        let connection = KafkaConfiguration(bootstrapServers: ["localhost:9"])
        let configuration = KafkaConsumerConfiguration(connection, strategy)
        return ParallelEngine(configuration, .key, 4, options, work)
    }

    private func offer(
        _ key: String,
        at offset: Int,
        of partition: AssignedPartition,
        to engine: ParallelEngine,
        context: LogContext = LogContext(),
        wakesWorkers: Bool = true
    ) {
        let place = partition.topicPartition
        let record = KafkaRecord(
            topic: place.topic,
            partition: place.partition,
            offset: KafkaOffset(rawValue: offset),
            key: Array(key.utf8),
            value: nil,
            context: context
        )
        let lane = engine.lanes.lane(of: record).lane
        let entry = ParallelRecord(record: record, orderingKey: nil, received: MonotonicTime.now)
        let intake = engine.state.withLock { state in
            let number = state.parallel.index(of: place)
            return state.parallel.offer(entry, partition: number, offset: offset, bytes: 1, lane: lane)
        }
        #expect(intake == .taken)
        if wakesWorkers { engine.wakeWorkers() }
    }

    /// Begins a handler with two records, the first ones of the partitions 0 and 1, without a worker.
    private func beginTwo(_ engine: ParallelEngine, _ context: LogContext = LogContext()) throws -> [ParallelJob] {
        engine.assigned([partition(0), partition(1)])
        for number in 0..<2 {
            offer("\(number)", at: 0, of: partition(number), to: engine, context: context, wakesWorkers: false)
        }
        let jobs = engine.state.withLock { state -> [ParallelJob] in
            var jobs: [ScheduledJobID] = []
            while state.parallel.beginBatch(now: 0, into: &jobs) {}
            return jobs.compactMap { id in
                state.parallel.view(id).map { ParallelJob(id: id, record: $0.record.record) }
            }
        }
        try #require(jobs.count == 2)
        return jobs
    }

    @Test("A partition that goes before its committed offset has come does no harm to the next one")
    func revokedAtStart() async throws {
        let handled = Locked(0)
        let engine = try engine { _ in handled.change { $0 += 1 } }
        _ = engine.revoked([partition(0)], isLost: false, timeout: .zero)
        engine.assigned([partition(1)])
        offer("a", at: 0, of: partition(1), to: engine)
        await until { engine.state.withLock { $0.parallel.counts.processed } == 1 }
        engine.close()
        #expect(handled.value == 1)
        #expect(engine.state.withLock { $0.meters.topics.map(\.processed) } == [1])
    }

    @Test(
        "A record that waited for its key in another partition is handled when that partition goes",
        arguments: [true, false]
    )
    func keyOfLostPartition(isLost: Bool) async throws {
        let handled = Locked<[Int]>([])
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .retry(after: .seconds(3600)) }
        let engine = try engine(options) { record in
            if record.partition == 0 { throw Failed() }
            handled.append(record.offset.rawValue)
        }
        engine.assigned([partition(0), partition(1)])
        offer("a", at: 0, of: partition(0), to: engine)
        await until { engine.state.withLock { $0.parallel.counts.retried } == 1 }
        offer("a", at: 7, of: partition(1), to: engine)
        await until { engine.state.withLock { $0.waking == 0 } }
        #expect(handled.value.isEmpty)
        _ = engine.revoked([partition(0)], isLost: isLost, timeout: .zero)
        await until { !handled.value.isEmpty }
        engine.close()
        #expect(handled.value == [7])
    }

    @Test("A record whose handler fails because the shutdown cancelled it is not finished, whatever it throws")
    func cancelledHandler() async throws {
        let asked = Locked(0)
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in
            asked.change { $0 += 1 }
            return .skip
        }
        let started = Gate()
        started.open()
        let engine = try engine(options) { _ in
            await started.pass()
            do { try await untilCancelled() } catch { throw Failed() }
        }
        engine.assigned([partition(0)])
        offer("a", at: 3, of: partition(0), to: engine)
        await started.arrivals(1)
        engine.end(nil, discarding: false)
        engine.cancelHandlers()
        await until { engine.state.withLock { $0.parallel.running } == 0 }
        let (skipped, held) = engine.state.withLock { ($0.parallel.counts.skipped, $0.parallel.held) }
        engine.close()
        #expect(skipped == 0 && held == 0 && asked.value == 0)
    }

    @Test("A record whose handler fails because its producer was shut down with the consumer is not finished")
    func shutDownProducer() async throws {
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .skip }
        let started = Gate()
        let engine = try engine(options) { _ in
            await started.pass()
            throw KafkaError(.shutdown, "the producer was shut down")
        }
        engine.assigned([partition(0)])
        offer("a", at: 3, of: partition(0), to: engine)
        await started.arrivals(1)
        engine.end(nil, discarding: false)
        started.open()
        await until { engine.state.withLock { $0.parallel.running } == 0 }
        let skipped = engine.state.withLock { $0.parallel.counts.skipped }
        engine.close()
        #expect(skipped == 0)
    }

    @Test("The health names the record that another one waits for, and the time of the next attempt")
    func stalledRecords() async throws {
        var options = ParallelConsumer.Options()
        options.stallTimeout = .zero
        options.retry = ParallelConsumer.RetryPolicy { _ in .retry(after: .seconds(3600)) }
        let engine = try engine(options) { _ in throw Failed() }
        engine.assigned([partition(0), partition(1)])
        offer("a", at: 0, of: partition(0), to: engine)
        await until { engine.state.withLock { $0.parallel.counts.retried } == 1 }
        offer("a", at: 7, of: partition(1), to: engine)
        let views = engine.state.withLock { $0.parallel.partitionViews }
        for _ in 0..<2 {
            engine.watch.withLock { watch in
                _ = watch.look(ParallelWatch.Sight(partitions: views), now: MonotonicTime.now)
            }
        }
        let health = engine.health(now: MonotonicTime.now)
        engine.close()
        #expect(health.stalled.map(\.topicPartitionOffset.offset) == [0, 7])
        #expect(health.stalled.map(\.stage) == [.retrying, .blocked])
        let delay = try #require(health.stalled.first?.retryDelay)
        #expect(delay > .seconds(3500) && delay <= .seconds(3600))
        #expect(health.stalled.last?.retryDelay == nil)
        let places = [nil, KafkaTopicPartitionOffset(topicPartition: partition(0).topicPartition, offset: 0)]
        #expect(health.stalled.map(\.blocker) == places)
        #expect("\(health)".contains("waits for \(places[1]!)") && "\(health)".contains("next try in"))
    }

    @Test("Without a policy a record is tried for ever, or ten times if there is a topic for dead letters")
    func defaultPolicy() throws {
        func decision(_ options: ParallelConsumer.Options, attempt: Int) throws -> ParallelConsumer.RetryPolicy.Decision
        {
            let record = KafkaRecord(topic: "frames", key: Array("a".utf8), value: nil)
            let failure = ParallelConsumer.HandlerFailure(record: record, error: Failed(), attempt: attempt)
            return try engine(options) { _ in }.retry.decide(failure)
        }
        var options = ParallelConsumer.Options()
        guard case .backoff = try decision(options, attempt: 1_000_000).backing else {
            Issue.record("it gave up")
            return
        }
        options.deadLetters = .init(topic: "letters")
        guard case .backoff = try decision(options, attempt: 9).backing,
            case .deadLetter = try decision(options, attempt: 10).backing
        else {
            Issue.record("it did not give up after ten attempts")
            return
        }
    }

    @Test("After a batch has failed, no handler begins with a record whose partition was lost meanwhile")
    func batchOfLostPartition() async throws {
        let sizes = Locked<[Int]>([])
        let handled = Locked<[KafkaPartition]>([])
        let gate = Gate()
        let engine = try engine(
            work: .batch(
                { batch in
                    sizes.append(batch.count)
                    await gate.pass()
                    if batch.count > 1 { throw Failed() }
                    handled.append(batch[0].partition)
                },
                size: 2
            )
        )
        engine.assigned([partition(0), partition(1)])
        offer("a", at: 0, of: partition(0), to: engine, wakesWorkers: false)
        offer("b", at: 0, of: partition(1), to: engine)
        await gate.arrivals(1)
        _ = engine.revoked([partition(0)], isLost: true, timeout: .zero)
        gate.open()
        await until { engine.state.withLock { $0.parallel.running } == 0 }
        let counts = engine.state.withLock { $0.parallel.counts }
        engine.close()
        #expect(sizes.value == [2, 1] && handled.value == [1])
        #expect(counts.processed == 1 && counts.late == 1)
    }

    @Test(
        "The line about a failed batch says what happens to its records",
        arguments: [
            (0, false, false, "batch failed; handling each of its records alone"),
            (1, false, false, "batch failed; handling each of its records alone"),
            (
                2, false, false,
                "batch failed after its partitions were taken away or sought back; its records come again"
            ),
            (0, true, false, "batch failed during the shutdown; its records come again"),
            (0, true, true, nil),
        ] as [(Int, Bool, Bool, String?)]
    )
    func lineOfFailedBatch(lost: Int, stops: Bool, isCancelled: Bool, line: String?) async throws {
        let engine = try engine(work: .batch({ _ in }, size: 2))
        let jobs = try beginTwo(engine)
        let alone = Locked<[KafkaPartition]>([])
        let lines = try await capturedLines {
            let batch = ParallelBatch(jobs.map(\.record))
            let results = try await engine.handle(batch, jobs[0].id, [jobs[1]]) { batch in
                if batch.count == 1 { return alone.append(batch[0].partition) }
                let partitions = (0..<lost).map { partition($0) }
                if lost > 0 { _ = engine.revoked(partitions, isLost: true, timeout: .zero) }
                if stops { engine.end(nil, discarding: false) }
                throw isCancelled ? CancellationError() : Failed()
            }
            let isHandled = jobs.map { !stops && $0.record.partition.rawValue >= lost }
            #expect(results?.map(\.settlement) == isHandled.map { $0 ? .succeeded : .notHandled })
        }
        engine.close()
        #expect(alone.value.map(\.rawValue) == (stops ? [] : Array(lost..<2)))
        #expect(lines.map(\.message) == (line.map { [$0] } ?? []))
    }

    @Test("A record that fails after its partition was lost is left to its next owner, and no policy is asked")
    func failureOfLostPartition() throws {
        let asked = Locked(0)
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in
            asked.change { $0 += 1 }
            return .stop
        }
        let engine = try engine(options) { _ in }
        let jobs = try beginTwo(engine)
        _ = engine.revoked([partition(0)], isLost: true, timeout: .zero)
        let lines = capturedLines {
            for job in jobs {
                let settlement = engine.decide(job.id, job.record, Failed())
                #expect((settlement == .stop) == (job.record.partition == 1))
            }
        }
        engine.close()
        #expect(
            lines.map(\.message) == [
                "record failed after its partition was taken away or sought back; it comes again",
                "record failed; stopping the consumer",
            ]
        )
        #expect(asked.value == 1)
    }

    @Test(
        "The line about a record that failed, and has no other attempt here, says so",
        arguments: [
            (true, "record failed during the shutdown; it comes again"),
            (false, "record failed while its partition is given back; it comes again"),
        ]
    )
    func lineOfLastAttempt(stops: Bool, line: String) throws {
        let engine = try engine { _ in }
        let jobs = try beginTwo(engine)
        if stops {
            engine.end(nil, discarding: false)
        } else {
            engine.state.withLock { $0.parallel.revoke(jobs[0].record.topicPartition) }
        }
        let lines = capturedLines { _ = engine.decide(jobs[0].id, jobs[0].record, Failed()) }
        engine.close()
        #expect(lines.map(\.message) == [line])
        #expect(lines.first?["retry_ms"] == nil)
    }

    @Test("A record of the dead-letter topic itself is skipped, because its dead letter would come back for ever")
    func letterOfLetter() throws {
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .deadLetter }
        options.deadLetters = .init(KafkaDeadLetterTopic { _ in "frames" })
        let engine = try engine(options) { _ in }
        let jobs = try beginTwo(engine)
        let lines = capturedLines {
            #expect(engine.decide(jobs[0].id, jobs[0].record, Failed()) == .skip)
        }
        engine.close()
        #expect(jobs[0].record.topic == "frames")
        #expect(lines.map(\.level) == [.error])
    }

    @Test("The line about a dead letter that was not sent says who tries again")
    func lineOfUnsentLetter() async throws {
        let kafka = try EmbeddedKafka(topics: ["letters": 1])
        let producer = try KafkaProducer(kafka.producerConfiguration)
        try await producer.shutdown()
        var options = ParallelConsumer.Options()
        // Only the application's producer would stop the consumer.
        options.deadLetters = .init(topic: "letters")
        let trace = TraceID.random()
        for isLost in [true, false] {
            let engine = try engine(options) { _ in }
            engine.attach(producer)
            let jobs = try beginTwo(engine, LogContext(traceID: trace))
            let letter = engine.state.withLock { state -> PendingLetter? in
                _ = state.parallel.settle(jobs[0].id, .deadLetter)
                return state.addLetter(jobs[0].id, Failed())
            }
            if isLost { _ = engine.revoked([partition(0)], isLost: true, timeout: .zero) }
            try await withLineCapture(ofTrace: trace) { capture in
                engine.send(try #require(letter))
                let line = await capture.line { $0.message.hasPrefix("could not send a dead letter") }
                let end = isLost ? "its record comes again" : "trying again"
                #expect(line?.message == "could not send a dead letter; \(end)")
                #expect((line?["retry_ms"] != nil) == !isLost)
                #expect((line?["handler_error"] != nil) == !isLost)
            }
            // The next attempt waits longer. It may have been made already.
            let failedSends = engine.state.withLock { $0.letter(jobs[0].id)?.failure.failedSends }
            #expect(isLost ? failedSends == nil : (failedSends ?? 0) >= 1)
            // Ends the wait for the next send.
            _ = engine.revoked([partition(0)], isLost: true, timeout: .zero)
            engine.close()
        }
    }

    @Test("A partition whose first unfinished record was set aside and is not read again is reported")
    func recordAside() throws {
        var options = ParallelConsumer.Options()
        options.stallTimeout = .zero
        options.maximumRecords = 2
        let engine = try engine(options) { _ in }
        engine.assigned([partition(0)])
        for offset in 0..<2 { offer("a", at: offset, of: partition(0), to: engine, wakesWorkers: false) }
        let place = partition(0).topicPartition
        engine.state.withLock { state in
            let job = state.parallel.begin(now: 0)
            state.parallel.endHandler()
            if let job { _ = state.parallel.settle(job, .retry(at: 1)) }
            _ = state.parallel.room(place)
            _ = state.parallel.setBlockedAside()
            _ = state.parallel.wake(now: 1)
            if let job = state.parallel.begin(now: 1) { _ = state.parallel.settle(job, .succeeded) }
            state.parallel.endHandler()
        }
        let views = engine.state.withLock { $0.parallel.partitionViews }
        #expect(views.map(\.aside) == [1] && views.map(\.records) == [0] && views.map(\.frontier) == [1])
        let lines = capturedLines {
            for _ in 0..<2 { engine.look(ParallelWatch.Sight(partitions: views), now: MonotonicTime.now) }
        }
        let health = engine.health(now: MonotonicTime.now)
        engine.close()
        let line = try #require(lines.first { $0.message == "partition does not move" })
        #expect(line["offset"] == .integer(1) && line["stage"] == .string("was set aside; waits to be read again"))
        #expect(line["key"] == nil)
        #expect(health.stalled.map(\.topicPartitionOffset) == [.init(topicPartition: place, offset: 1)])
        #expect(health.stalled.map(\.stage) == [.setAside])
    }

    @Test("Only a consumer with a group commits", arguments: [true, false])
    func groupCommits(hasGroup: Bool) throws {
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.group(id: "detectors", topics: ["frames"])
        let engine = try engine(.init(), hasGroup ? strategy : .all("frames"), work: .record { _ in })
        #expect(engine.state.withLock { $0.parallel.limits.commits } == hasGroup)
    }

    @Test("Nothing stays of a dead letter that waits for its next send when its partition goes")
    func lettersOfLostPartition() async throws {
        let engine = try engine { _ in throw Failed() }
        engine.assigned([partition(0)])
        let job = engine.state.withLock { state -> ScheduledJobID? in
            let place = partition(0).topicPartition
            let record = KafkaRecord(topic: "frames", key: Array("a".utf8), value: nil)
            let lane = engine.lanes.lane(of: record).lane
            let entry = ParallelRecord(record: record, orderingKey: nil, received: 0)
            let number = state.parallel.index(of: place)
            _ = state.parallel.offer(entry, partition: number, offset: 0, bytes: 1, lane: lane)
            guard let job = state.parallel.begin(now: 0) else { return nil }
            _ = state.parallel.settle(job, .deadLetter)
            state.parallel.endHandler()
            _ = state.addLetter(job, Failed())
            _ = state.parallel.endDeadLetter(job, retryAt: .max)
            return job
        }
        #expect(job != nil && engine.state.withLock { $0.failedRecords.count } == 1)
        _ = engine.revoked([partition(0)], isLost: false, timeout: .zero)
        engine.close()
        #expect(engine.state.withLock { $0.failedRecords.isEmpty })
    }
}
