import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("A parallel consumer while the broker fails", .timeLimit(.minutes(10)), .enabled(if: !TestBroker.isReal))
struct ParallelBrokerTests {
    private static func produce(_ numbers: Range<Int>, to kafka: EmbeddedKafka) async throws {
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for number in numbers {
                try await producer.send(KafkaMessage(topic: "frames", key: "\(number)", value: "\(number)"))
            }
        }
    }

    private static func committed(_ kafka: EmbeddedKafka) async throws -> [KafkaOffset?] {
        let places = [KafkaTopicPartition(topic: "frames", partition: 0)]
        return try await withKafkaConsumer(
            kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
        ) { try await $0.committed(topicPartitions: places).map(\.offset) }
    }

    @Test("While the broker is away, handlers go on; afterwards every record is handled and committed")
    func brokerAway() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        try await Self.produce(0..<3, to: kafka)
        let gate = Gate()
        let handled = Locked<[String]>([])
        let consumer = try ParallelConsumer(
            kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"])),
            maxConcurrency: 3
        ) { record in
            await gate.pass()
            handled.append(record.valueText ?? "")
        }
        await gate.arrivals(3)
        try kafka.setBrokerDown(1)
        gate.open()
        await until { handled.value.count == 3 }
        try kafka.setBrokerUp(1)
        try await Self.produce(3..<6, to: kafka)
        await until { Set(handled.value).count == 6 }
        await consumer.shutdown()
        #expect(try await Self.committed(kafka) == [6])
    }

    @Test("If the group's offsets cannot be read at the start, a partition starts without them and loses no record")
    func committedOffsetsUnreadable() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        let handled = Locked<[String]>([])
        var configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
        configuration.commitTimeout = .seconds(1)
        try await Self.produce(0..<10, to: kafka)
        let first = try ParallelConsumer(configuration, maxConcurrency: 3) { handled.append($0.valueText ?? "") }
        await until { handled.value.count == 10 }
        await first.shutdown()
        try await Self.produce(10..<20, to: kafka)

        kafka.fail(.offsetFetch, with: Array(repeating: .notCoordinator, count: 10_000))
        let second = try ParallelConsumer(configuration, maxConcurrency: 3) { handled.append($0.valueText ?? "") }
        await until { !second.assignment.isEmpty }
        // A partition that knew its committed offset would have a frontier.
        #expect(second.statistics.partitions.map(\.frontier) == [nil])
        kafka.clearFaults(of: .offsetFetch)
        await until { Set(handled.value).count == 20 }
        await second.shutdown()
        #expect(try await Self.committed(kafka) == [20])
    }
}
