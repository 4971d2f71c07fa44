import CMALoggerRDKafka
import ContextPropagation
import KafkaPropagationTesting
import Synchronization
import TestSupport
import Testing

@testable import KafkaPropagation

/// The end of a consumer, of its iterations and of its records.
@Suite("The lifecycle of a consumer", .timeLimit(.minutes(10)))
struct ConsumerLifecycleTests {
    private func texts(_ range: Range<Int>) -> [String] { range.map(String.init) }

    @Test("Records outlive their consumer, and the client ends with the last record")
    func keptRecords() async throws {
        let topic = try await TestBroker.topic()
        try await send(["first", "second"], to: topic)
        let (destroyed, continuation) = AsyncStream<Void>.makeStream()
        let isDestroyed = Mutex(false)
        var records = try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            consumer.core.callbacks.onDestroyed {
                isDestroyed.withLock { $0 = true }
                continuation.finish()
            }
            return try await consumer.take(2)
        }
        #expect(records.map(\.text) == ["first", "second"])
        #expect(records[0].context.spanID != nil)
        #expect(!isDestroyed.withLock { $0 })
        records.removeLast()
        #expect(records.map(\.text) == ["first"])
        records.removeLast()
        for await _ in destroyed {}
        #expect(isDestroyed.withLock { $0 })
    }

    @Test("A cluster may end before its clients, and records and clients may end in any order")
    func destructionOrder() async throws {
        var kafka: EmbeddedKafka? = try EmbeddedKafka(topics: ["frames": 1])
        let producerConfiguration = try #require(kafka).producerConfiguration
        let consumerConfiguration = try #require(kafka).consumerConfiguration(.all("frames"))
        var producer: KafkaProducer? = try KafkaProducer(producerConfiguration)
        var consumer: KafkaConsumer? = try KafkaConsumer(consumerConfiguration)
        try await producer?.send(KafkaMessage(topic: "frames", value: "x"))
        var record = try await consumer?.take(1).first
        let ends = (0..<2).map { _ in AsyncStream<Void>.makeStream() }
        producer?.core.callbacks.onDestroyed { ends[0].continuation.finish() }
        consumer?.core.callbacks.onDestroyed { ends[1].continuation.finish() }
        kafka = nil
        producer = nil
        consumer = nil
        #expect(record?.text == "x")
        record = nil
        // This loop ends only if librdkafka's handles are destroyed.
        for end in ends { for await _ in end.stream {} }
    }

    @Test("Cancelling the task ends its iteration, with and without waiting records")
    func cancellation() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<100), to: topic)
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            let backlog = Task {
                var count = 0
                for try await _ in consumer {
                    count += 1
                    withUnsafeCurrentTask { $0?.cancel() }
                }
                return count
            }
            #expect(try await backlog.value == 1)
            _ = try await consumer.take(99)
            let waiting = Task { try await consumer.take(1).count }
            waiting.cancel()
            #expect(try await waiting.value == 0)
            try await send(["one more"], to: topic)
            #expect(try await consumer.take(1).map(\.text) == ["one more"])
        }
    }

    @Test("A shutdown waits for the record that is being handled, which can still be committed, and delivers no other")
    func shutdown() async throws {
        let topic = try await TestBroker.topic()
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        try await send(texts(0..<100), to: topic)
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions(
            [KafkaTopicPartitionOffset(topicPartition: partition, offset: .beginning)],
            groupID: "group-\(topic)"
        )
        let consumer = try KafkaConsumer(TestBroker.consumer(strategy))
        let running = Task { try await consumer.run() }
        var seen = 0
        for try await record in consumer {
            seen += 1
            consumer.triggerGracefulShutdown()
            #expect(consumer.statistics.buffered == 0)
            try await consumer.commit(record)
        }
        try await running.value
        #expect(seen == 1)
        let error = #expect(throws: KafkaError.self) { try consumer.lag() }
        #expect(error?.code == .shutdown)
        await #expect(throws: KafkaError.self) { try await consumer.commitStoredOffsets() }
        await #expect(throws: KafkaError.self) { try await consumer.pause(topicPartitions: [partition]) }
        await consumer.shutdown()
        let last = try await withKafkaConsumer(TestBroker.consumer(strategy)) {
            try await $0.committed(topicPartitions: [partition])
        }
        #expect(last.map(\.offset) == [1])
    }

    @Test("An offset out of range without a reset policy is reported as an event")
    func offsetOutOfRange() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<3), to: topic)
        var configuration = try TestBroker.consumer(
            .partitions([KafkaTopicPartitionOffset(topic: topic, partition: 0, offset: 99)])
        )
        configuration.autoOffsetReset = .error
        try await withKafkaConsumer(configuration) { consumer in
            var iterator = consumer.events.makeAsyncIterator()
            var code: KafkaError.Code?
            while code != .offsetOutOfRange, let event = await iterator.next() {
                if case .error(let error) = event { code = error.code }
            }
            #expect(code == .offsetOutOfRange)
            #expect(consumer.statistics.errors > 0)
        }
    }

    @Test("Metadata of a consumer names a topic's partitions")
    func metadata() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        let metadata = try await withKafkaConsumer(TestBroker.consumer(.all(topic))) {
            try await $0.metadata(of: topic)
        }
        #expect(metadata.topics.first?.partitions.count == 2)
    }

    @Test("A fatal error ends every iteration with the error, and events end with the consumer")
    func fatalError() async throws {
        let topic = try await TestBroker.topic()
        let consumer = try KafkaConsumer(TestBroker.consumer(.all(topic)))
        let iterations = (0..<3).map { _ in Task { try await consumer.take(1).count } }
        consumer.core.callbacks.failed(KafkaError(RD_KAFKA_RESP_ERR__FATAL, "fenced", isFatal: true))
        for iteration in iterations {
            let error = await #expect(throws: KafkaError.self) { _ = try await iteration.value }
            #expect(error?.isFatal == true)
        }
        consumer.triggerGracefulShutdown()
        let running = await #expect(throws: KafkaError.self) { try await consumer.run() }
        #expect(running?.isFatal == true)
        var isFatal = false
        for await event in consumer.events {
            if case .error(let error) = event, error.isFatal { isFatal = true }
        }
        #expect(isFatal)
    }
}
