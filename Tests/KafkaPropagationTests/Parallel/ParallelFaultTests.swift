import CMALoggerRDKafka
import ContextPropagation
import TestSupport
import Testing

@testable import KafkaPropagation
@testable import KafkaPropagationTesting

/// Requests that fail. A real broker makes no request fail when asked, so these tests always use an embedded one.
@Suite("A parallel consumer whose requests fail", .timeLimit(.minutes(10)))
struct ParallelFaultTests {
    private struct Failed: Error {}

    private let kafka: EmbeddedKafka
    private let configuration: KafkaConsumerConfiguration

    init() async throws {
        kafka = try EmbeddedKafka(brokers: 1)
        try kafka.createTopic("frames")
        try kafka.createTopic("letters")
        configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
        try await ParallelScenarioTests.produce(
            (0..<100).map { "\($0)" },
            to: "frames",
            through: kafka.producerConfiguration
        )
    }

    nonisolated(nonsending) private func committed() async throws -> Int? {
        let configuration = kafka.consumerConfiguration(.partitions([], groupID: "detectors"))
        return try await withKafkaConsumer(configuration) { consumer in
            try await consumer.committed(topicPartitions: [.init(topic: "frames", partition: 0)])[0].offset?.rawValue
        }
    }

    @Test("While dead letters cannot be sent, their records stay pending and other keys go on")
    func lettersDown() async throws {
        kafka.fail(.produce, with: Array(repeating: .topicAuthorizationFailed, count: 10_000))
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .deadLetter }
        options.deadLetters = .init(topic: "letters")
        options.commitInterval = .milliseconds(20)
        let handled = Locked(0)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { record in
            if record.offset == 40 { throw Failed() }
            handled.change { $0 += 1 }
        }
        await until { handled.value == 99 }
        #expect(consumer.statistics.topics.first?.deadLettered == 0)
        #expect(try await committed() ?? 0 <= 40)
        kafka.clearFaults(of: .produce)
        await until { consumer.statistics.topics.first?.deadLettered == 1 }
        await consumer.shutdown()
        let letter = try await withKafkaConsumer(kafka.consumerConfiguration(.all("letters"))) {
            try await $0.takeOne()
        }
        #expect(letter.keyText == "40")
        #expect(try await committed() == 100)
        #expect(handled.value == 99)
    }

    /// The broker refuses one request so that the producer can never send anything again.
    private static let fatalFault = EmbeddedKafka.Fault(
        rawValue: RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER.rawValue
    )

    private func lettersTo(_ deadLetters: ParallelConsumer.DeadLetters) throws -> ParallelConsumer {
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .deadLetter }
        options.deadLetters = deadLetters
        kafka.fail(.produce, with: [Self.fatalFault])
        return try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { record in
            if record.offset == 40 { throw Failed() }
        }
    }

    @Test("After a fatal error of its producer, the consumer sends the dead letter with a new one")
    func newLetterProducer() async throws {
        let consumer = try lettersTo(.init(topic: "letters"))
        await until { consumer.statistics.topics.first?.deadLettered == 1 }
        #expect(consumer.health.isLive)
        await consumer.shutdown()
        let letter = try await withKafkaConsumer(kafka.consumerConfiguration(.all("letters"))) {
            try await $0.takeOne()
        }
        #expect(letter.keyText == "40")
        #expect(try await committed() == 100)
    }

    @Test("A fatal error of the application's producer of dead letters stops the consumer")
    func fatalLetterProducer() async throws {
        var configuration = kafka.producerConfiguration
        configuration.isIdempotenceEnabled = true
        try await withKafkaProducer(configuration) { producer in
            let consumer = try lettersTo(.init(KafkaDeadLetterTopic("letters"), through: producer))
            let error = await #expect(throws: KafkaError.self) { try await consumer.run() }
            #expect(error?.isFatal == true)
            #expect(!consumer.health.isLive)
            #expect(consumer.statistics.topics.first?.deadLettered == 0)
        }
        #expect(try await committed() ?? 0 <= 40)
    }

    @Test("An application's producer of dead letters that is shut down stops the consumer")
    func letterProducerShutDown() async throws {
        let producer = try KafkaProducer(kafka.producerConfiguration)
        try await producer.shutdown()
        let consumer = try lettersTo(.init(KafkaDeadLetterTopic("letters"), through: producer))
        let error = await #expect(throws: KafkaError.self) { try await consumer.run() }
        #expect(error?.code == .shutdown && !consumer.health.isLive)
    }

    @Test("A producer of dead letters that sends only in transactions is refused")
    func transactionalLetterProducer() async throws {
        var configuration = kafka.producerConfiguration
        configuration.transactionalID = "letters"
        try await withKafkaProducer(configuration) { producer in
            let error = #expect(throws: KafkaError.self) {
                try lettersTo(.init(KafkaDeadLetterTopic("letters"), through: producer))
            }
            #expect(error?.code == .configuration && error?.subject == "deadLetters")
        }
    }

    @Test("A commit that fails is repeated while the consumer runs, even if nothing else happens")
    func failedCommit() async throws {
        kafka.fail(.offsetCommit, with: Array(repeating: .groupAuthorizationFailed, count: 3))
        var options = ParallelConsumer.Options()
        options.commitInterval = .milliseconds(100)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { _ in }
        await until { consumer.engine.state.withLock { $0.parallel.counts.processed } == 100 }
        while try await committed() != 100 { try await Task.sleep(for: .milliseconds(20)) }
        await consumer.shutdown()
    }

    @Test("When the committed offsets do not come in time, the records are handled all the same")
    func noCommittedOffsets() async throws {
        try kafka.setRoundTripTime(.milliseconds(300), ofBroker: 1)
        var configuration = configuration
        configuration.commitTimeout = .milliseconds(50)
        let handled = Locked<Set<Int>>([])
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8) { record in
            handled.change { _ = $0.insert(record.offset.rawValue) }
        }
        await until { handled.value.count == 100 }
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
        await consumer.shutdown()
        #expect(consumer.engine.state.withLock { $0.parallel.counts.processed } == 100)
    }

    @Test("A commit that is wanted while another one has no answer does not wait for the next interval")
    func wantedCommit() async throws {
        var options = ParallelConsumer.Options()
        // Only the number of finished records asks for commits.
        options.commitInterval = .seconds(3600)
        options.commitCount = 1
        let (gate, secondGate) = (Gate(), Gate())
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { record in
            if record.offset.rawValue >= 50 {
                await secondGate.pass()
            } else if record.offset.rawValue >= 20 {
                await gate.pass()
            }
        }
        await gate.arrivals(8)
        try kafka.setRoundTripTime(.milliseconds(500), ofBroker: 1)
        gate.open()
        await secondGate.arrivals(8)
        // A commit is on its way for half a second.
        await until { consumer.engine.state.withLock { $0.pacing.finishedAtCommit } >= 50 }
        secondGate.open()
        await until { consumer.engine.state.withLock { $0.pacing.finishedAtCommit } == 100 }
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
        while try await committed() != 100 { try await Task.sleep(for: .milliseconds(20)) }
        await consumer.shutdown()
    }

    @Test("A hundred finished records are committed at once, and do not wait for the commit interval")
    func earlyCommit() async throws {
        var options = ParallelConsumer.Options()
        options.commitInterval = .seconds(3600)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { _ in }
        while try await committed() != 100 { try await Task.sleep(for: .milliseconds(20)) }
        await consumer.shutdown()
    }

    @Test("The last commit of a shutdown is sent again while the group rebalances")
    func refusedLastCommit() async throws {
        var options = ParallelConsumer.Options()
        options.commitInterval = .seconds(3600)
        options.commitCount = 1000
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { _ in }
        await until { consumer.engine.state.withLock { $0.parallel.counts.processed } == 100 }
        kafka.fail(.offsetCommit, with: Array(repeating: .rebalanceInProgress, count: 3))
        await consumer.shutdown()
        #expect(try await committed() == 100)
    }

    @Test("The last commit of a shutdown is not sent again if the broker will not accept it")
    func forbiddenLastCommit() async throws {
        var options = ParallelConsumer.Options()
        options.commitInterval = .seconds(3600)
        options.commitCount = 1000
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { _ in }
        await until { consumer.engine.state.withLock { $0.parallel.counts.processed } == 100 }
        kafka.fail(.offsetCommit, with: [.groupAuthorizationFailed])
        await consumer.shutdown()
        #expect(try await committed() == nil)
    }

    /// The metadata that a broker with a smaller `offset.metadata.max.bytes` refuses.
    private static let metadataFault = EmbeddedKafka.Fault(
        rawValue: RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE.rawValue
    )

    /// Runs a consumer that finishes two of three records, starting with the second one, and commits nothing by itself.
    private func finishTwoOfThree() async throws -> (consumer: ParallelConsumer, finished: [Range<Int>]) {
        try await ParallelScenarioTests.produce(
            (100..<2100).map { "\($0)" },
            to: "frames",
            through: kafka.producerConfiguration
        )
        var options = ParallelConsumer.Options()
        options.commitInterval = .seconds(3600)
        options.commitCount = .max
        options.retry = ParallelConsumer.RetryPolicy { _ in .retry(after: .seconds(3600)) }
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { record in
            if record.offset.rawValue % 3 == 0 { throw Failed() }
        }
        await until {
            let counts = consumer.engine.state.withLock { $0.parallel.counts }
            return counts.processed == 1400 && counts.retried == 700
        }
        return (consumer, (0..<700).map { $0 * 3 + 1..<$0 * 3 + 3 })
    }

    /// What the group has committed: the offset, and the finished offsets beyond it.
    private func committedStart() async throws -> (committed: Int?, finished: Set<Int>) {
        let reader = try ParallelConsumer(
            kafka.consumerConfiguration(.partitions([], groupID: "detectors")),
            maxConcurrency: 1
        ) { _ in }
        let place = KafkaTopicPartition(topic: "frames", partition: 0)
        let partition = AssignedPartition(topicPartition: place, index: 0, generation: 1)
        let start = starts(of: [partition], reader, timeout: .seconds(10)).first
        await reader.shutdown()
        return (start?.committed, Set((start?.finished ?? []).joined()))
    }

    @Test("A commit whose metadata is too long for the broker is sent again at once with half of it")
    func metadataTooLong() async throws {
        let (consumer, finished) = try await finishTwoOfThree()
        let longest = CommitMetadata.encode(committed: 0, finished: finished).utf8.count
        kafka.fail(.offsetCommit, with: [Self.metadataFault, Self.metadataFault])
        consumer.engine.state.withLock { $0.isCommitWanted = true }
        consumer.engine.waker.wake()
        while try await committed() == nil { try await Task.sleep(for: .milliseconds(20)) }
        let limit = consumer.engine.state.withLock { $0.parallel.limits.metadata }
        #expect(limit <= longest / 4 && limit > longest / 5)
        let start = try await committedStart()
        #expect(start.committed == 0)
        #expect(start.finished.count > 200 && start.finished.isSubset(of: Set(finished.joined())))
        await consumer.shutdown()
    }

    @Test("The last commit of a shutdown is sent again until the broker takes its metadata", arguments: [2, 5])
    func lastMetadataTooLong(refusals: Int) async throws {
        let (consumer, finished) = try await finishTwoOfThree()
        kafka.fail(.offsetCommit, with: Array(repeating: Self.metadataFault, count: refusals))
        await consumer.shutdown()
        let start = try await committedStart()
        #expect(start.committed == 0)
        #expect((start.finished.count > 200) == (refusals == 2))
        #expect(start.finished.isSubset(of: Set(finished.joined())))
    }

    @Test("A last commit that the broker refuses even without metadata is not sent for ever")
    func refusedWithoutMetadata() async throws {
        let (consumer, _) = try await finishTwoOfThree()
        kafka.fail(.offsetCommit, with: Array(repeating: Self.metadataFault, count: 100))
        await consumer.shutdown()
        kafka.clearFaults(of: .offsetCommit)
        #expect(try await committed() == nil)
        #expect(consumer.engine.state.withLock { $0.parallel.limits.metadata } < 20)
    }

    @Test("When a broker does not know a topic any more, nothing is committed for any of its partitions")
    func deletedTopic() async throws {
        try kafka.createTopic("deleted", partitions: 2)
        let places = (0..<2).map { KafkaTopicPartition(topic: "deleted", partition: .init(rawValue: $0)) }
        for place in places {
            try await ParallelScenarioTests.produce(
                ["a", "b"],
                to: place.topic,
                partition: place.partition,
                through: kafka.producerConfiguration
            )
        }
        var configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["deleted"]))
        configuration.properties["topic.metadata.refresh.interval.ms"] = "100"
        var options = ParallelConsumer.Options()
        options.commitInterval = .seconds(3600)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { _ in }
        await until { consumer.engine.state.withLock { $0.parallel.counts.processed } == 4 }
        kafka.withCluster { rd_kafka_mock_topic_set_error($0, "deleted", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) }
        await until { consumer.assignment.isEmpty }
        await consumer.shutdown()
        let reader = kafka.consumerConfiguration(.partitions([], groupID: "detectors"))
        let committed = try await withKafkaConsumer(reader) { try await $0.committed(topicPartitions: places) }
        #expect(committed.map(\.offset) == [nil, nil])
    }

    @Test("A revoke ends soon after its timeout, also when the answer to its commit does not come")
    func boundedRevoke() async throws {
        let gate = Gate()
        var options = ParallelConsumer.Options()
        options.commitInterval = .seconds(3600)
        let handled = Locked(0)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { record in
            if record.offset == 50 { await gate.pass() }
            handled.change { $0 += 1 }
        }
        await gate.arrivals(1)
        await until { handled.value == 99 }
        try kafka.setRoundTripTime(.seconds(20), ofBroker: 1)
        let place = KafkaTopicPartition(topic: "frames", partition: 0)
        let partition = try #require(consumer.consumer.callbacks.assignment.table[place])
        let began = ContinuousClock.now
        _ = consumer.engine.revoked([partition], isLost: false, timeout: .milliseconds(300))
        let took = began.duration(to: .now)
        // The time itself is tested. Without a bound it is the commit timeout of ten seconds.
        #expect(took < .seconds(5), "\(took)")
        gate.open()
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
        await consumer.shutdown()
    }

    @Test("A shutdown waits for a handler whose partition was taken away")
    func shutdownAfterLoss() async throws {
        let gate = Gate()
        let (engine, ended) = (Locked<ParallelEngine?>(nil), Locked(false))
        let consumer = try ParallelConsumer(configuration, ordering: .partition, maxConcurrency: 8) { _ in
            await gate.pass()
            await until { engine.value?.state.withLock { $0.parallel.isStopping } == true }
            // A shutdown that does not wait has returned by then.
            try? await Task.sleep(for: .milliseconds(500))
            ended.change { $0 = true }
        }
        engine.change { $0 = consumer.engine }
        await gate.arrivals(1)
        let place = KafkaTopicPartition(topic: "frames", partition: 0)
        let assigned = try await consumer.consumer.perform { assignment, _ throws(KafkaError) in assignment.table[place]
        }
        _ = consumer.engine.revoked([try #require(assigned)], isLost: true, timeout: .zero)
        gate.open()
        await consumer.shutdown()
        #expect(ended.value)
        #expect(consumer.statistics.running == 0)
        engine.change { $0 = nil }
    }

    private func starts(
        of partitions: [AssignedPartition],
        _ reader: ParallelConsumer,
        timeout: Duration
    ) -> [PartitionStart] {
        var starts: [PartitionStart] = []
        ParallelEngine.findStarts(partitions, reader.consumer, timeout: timeout) { starts += $0 }
        return starts
    }

    /// Runs a consumer until it has handled `count` records. The records with the key "stuck" are not finished.
    static func finish(_ count: Int, butStuck configuration: KafkaConsumerConfiguration) async throws {
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .retry(after: .seconds(3600)) }
        let handled = Locked(0)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { record in
            if record.keyText == "stuck" { throw Failed() }
            handled.change { $0 += 1 }
        }
        await until { handled.value == count }
        await consumer.shutdown()
    }

    @Test("The offsets of many partitions are read within one timeout")
    func boundedStart() async throws {
        let partitions = 8
        try kafka.createTopic("many", partitions: partitions)
        for partition in 0..<partitions {
            try await ParallelScenarioTests.produce(
                ["stuck", "a", "b"],
                to: "many",
                partition: KafkaPartition(rawValue: partition),
                through: kafka.producerConfiguration
            )
        }
        let configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["many"]))
        try await Self.finish(2 * partitions, butStuck: configuration)
        let reader = try ParallelConsumer(
            kafka.consumerConfiguration(.partitions([], groupID: "detectors")),
            maxConcurrency: 1
        ) { _ in }
        let assigned = (0..<partitions).map { number in
            let place = KafkaTopicPartition(topic: "many", partition: KafkaPartition(rawValue: number))
            return AssignedPartition(topicPartition: place, index: number, generation: 1)
        }
        let all = starts(of: assigned, reader, timeout: .seconds(10))
        #expect(all.map(\.committed) == Array(repeating: 0, count: partitions))
        #expect(all.map(\.finished) == Array(repeating: [1..<3], count: partitions))
        try kafka.setRoundTripTime(.seconds(2), ofBroker: 1)
        let began = ContinuousClock.now
        let some = starts(of: assigned, reader, timeout: .seconds(6))
        let took = began.duration(to: .now)
        // The time itself is tested. Each partition needs more than 2 s.
        #expect(took < .seconds(12), "\(took)")
        #expect(some.map(\.committed) == Array(repeating: 0, count: partitions))
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
        await reader.shutdown()
    }
}
