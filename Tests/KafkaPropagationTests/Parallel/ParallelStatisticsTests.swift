import ContextPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Statistics of a parallel consumer", .timeLimit(.minutes(10)))
struct ParallelStatisticsTests {
    private struct Failed: Error {}

    private static func produce(_ keys: [String], to topic: String) async throws {
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for key in keys { try producer.enqueue(KafkaMessage(topic: topic, key: key, value: "frame", partition: 0)) }
        }
    }

    private static func configuration(_ topic: String) throws -> KafkaConsumerConfiguration {
        try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
    }

    @Test("After the work, every number is that of the work, and each record's wait counts once")
    func numbers() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["good", "fails once", "skipped", "good"], to: topic)
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { failure in
            failure.record.keyText == "skipped" ? .skip : .retry(after: .milliseconds(1))
        }
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 4, options: options) { record in
            if record.keyText != "good", record.attempt == 1 { throw Failed() }
        }
        await until { consumer.statistics.partitions.first?.frontier == 4 && consumer.statistics.lag == 0 }
        let statistics = consumer.statistics
        let figures = try #require(statistics.topics.first)
        #expect(statistics.topics.map(\.name) == [topic])
        #expect(figures.processed == 3 && figures.failed == 2 && figures.retried == 1)
        #expect(figures.skipped == 1 && figures.deadLettered == 0)
        #expect(figures.waitTime.count == 4 && figures.runTime.count == 5)
        #expect(statistics.running == 0 && statistics.queued == 0 && statistics.waiting == 0)
        let partition = try #require(statistics.partitions.first)
        #expect(partition.topicPartition == KafkaTopicPartition(topic: topic, partition: 0))
        #expect(partition.frontierDistance == 0 && partition.records == 0 && partition.bytes == 0)
        #expect(partition.lag == 0)

        let lines = statistics.openMetrics.split(separator: "\n").map(String.init)
        let prefix = "kafka_parallel_consumer_"
        let labels = "client=\"\(statistics.client)\""
        #expect(lines.contains("\(prefix)processed_total{\(labels),topic=\"\(topic)\"} 3"))
        #expect(lines.contains("\(prefix)wait_seconds_count{\(labels),topic=\"\(topic)\"} 4"))
        #expect(lines.contains("\(prefix)lag{\(labels),partition=\"0\",topic=\"\(topic)\"} 0"))
        #expect(lines.last == "# EOF")
        await consumer.shutdown()
        #expect(consumer.statistics.partitions.isEmpty && consumer.statistics.commits > 0)
    }

    @Test("A record that a handler has is not queued, also after its partition was given back")
    func queued() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["a", "b", "a"], to: topic)
        var configuration = try Self.configuration(topic)
        configuration.shutdownTimeout = .milliseconds(50)
        let gate = Gate()
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 3) { _ in await gate.pass() }
        await gate.arrivals(2)
        await until { consumer.statistics.partitions.first?.records == 3 }
        var statistics = consumer.statistics
        #expect(statistics.running == 2 && statistics.queued == 1)
        #expect(statistics.partitions.first?.frontierDistance == 3)
        await consumer.shutdown()
        statistics = consumer.statistics
        #expect(statistics.running == 2 && statistics.queued == 0)
        gate.open()
        await until { consumer.statistics.running == 0 }
        #expect(consumer.statistics.lateResults == 2)
    }

    @Test("A handler that a shutdown cancels does not count as a retry")
    func cancelled() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["a"], to: topic)
        var configuration = try Self.configuration(topic)
        configuration.shutdownTimeout = .milliseconds(50)
        let started = Locked(false)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 1) { _ in
            started.change { $0 = true }
            try await untilCancelled()
        }
        await until { started.value }
        await consumer.shutdown()
        #expect(consumer.statistics.topics.first?.retried == 0)
    }

    @Test("A dead letter that cannot be sent keeps its record pending, and its offset is not committed")
    func deadLetterTopicIsDown() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["poison", "good"], to: topic)
        // No broker listens there.
        var letters = KafkaProducerConfiguration(KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]))
        letters.deliveryTimeout = .milliseconds(100)
        letters.linger = .milliseconds(1)
        letters.shutdownTimeout = .milliseconds(100)
        let producer = try KafkaProducer(letters)
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .deadLetter }
        options.deadLetters = .init(KafkaDeadLetterTopic("letters"), through: producer)
        var configuration = try Self.configuration(topic)
        configuration.shutdownTimeout = .milliseconds(50)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 2, options: options) { record in
            if record.keyText == "poison" { throw Failed() }
        }
        await until { consumer.statistics.sendingDeadLetters == 1 }
        await until { consumer.statistics.waiting == 1 && consumer.statistics.topics.first?.processed == 1 }
        let statistics = consumer.statistics
        #expect(statistics.topics.first?.deadLettered == 0 && statistics.queued == 0)
        #expect(statistics.partitions.first?.records == 1)
        await consumer.shutdown()
        try? await producer.shutdown()
        let places = [KafkaTopicPartition(topic: topic, partition: 0)]
        let offsets = try await withKafkaConsumer(Self.configuration(topic)) {
            try await $0.committed(topicPartitions: places).map(\.offset)
        }
        #expect(offsets == [0])
    }

    @Test("A partition that is revoked before it began does not move the figures of the next one")
    func revokedBeforeItBegan() {
        var state = ParallelState<NumberedRecord>(ParallelLimits(maxConcurrency: 1))
        var meters = ParallelMeters()
        state.revoke(KafkaTopicPartition(topic: "never begun", partition: 0))
        let number = state.index(of: KafkaTopicPartition(topic: "frames", partition: 0))
        meters.add(partition: number, topic: "frames")
        meters.noteBegin(partition: number, waited: 1)
        meters.add(partition: 0, topic: "never begun")
        meters.noteBegin(partition: 0, waited: 1)
        #expect(meters.topics.map(\.name) == ["frames", "never begun"])
        #expect(meters.topics.map(\.waitTime.count) == [1, 1])
    }
}
