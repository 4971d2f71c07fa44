import KafkaPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

/// librdkafka takes at most 512 bytes.
@Suite("Names of topics that are too long", .timeLimit(.minutes(10)))
struct TopicNameTests {
    private static let longest = String(repeating: "t", count: 512)
    private let kafka: EmbeddedKafka

    init() throws {
        kafka = try EmbeddedKafka(topics: ["frames": 1, Self.longest: 1])
    }

    private func expect(
        _ call: String,
        _ code: KafkaError.Code = .invalidArgument,
        _ body: (String) async throws -> Void
    ) async {
        for name in [Self.longest + "t", String(repeating: "é", count: 257), String(repeating: "^", count: 100_000)] {
            let error = await #expect(throws: KafkaError.self, "\(call)") { try await body(name) }
            #expect(error?.code == code, "\(call): \(error.map { "\($0)" } ?? "")")
            #expect(error?.message.contains("has \(name.utf8.count) bytes") == true, "\(call)")
            #expect(error.map { "\($0)".utf8.count < 300 } == true, "\(call)")
        }
    }

    @Test("A producer and an admin client refuse them, and do not take them for every topic")
    func producer() async throws {
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            await expect("enqueue") { try producer.enqueue(KafkaMessage(topic: $0, value: "lost")) }
            await expect("send") { _ = try await producer.send(KafkaMessage(topic: $0, value: "lost")) }
            await expect("metadata") { _ = try await producer.metadata(of: $0) }
        }
        let admin = try KafkaAdmin(kafka.configuration)
        await expect("metadata") { _ = try await admin.metadata(of: $0) }
        await expect("createTopics") { try await admin.createTopics([KafkaTopic(name: $0)], timeout: .seconds(100)) }
        await expect("deleteTopics") { try await admin.deleteTopics([$0], timeout: .seconds(100)) }
        await expect("EmbeddedKafka.createTopic") { try kafka.createTopic($0) }
        await expect("EmbeddedKafka.setLeader") {
            try kafka.setLeader(1, of: KafkaTopicPartition(topic: $0, partition: 0))
        }
    }

    @Test("A consumer refuses them, before and after it is made")
    func consumer() async throws {
        let known = KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .beginning)
        try await withKafkaConsumer(kafka.consumerConfiguration(.partitions([known], groupID: "g"))) { consumer in
            await expect("assign") {
                try await consumer.assign([known, KafkaTopicPartitionOffset(topic: $0, partition: 0, offset: 0)])
            }
            await expect("watermarks") {
                _ = try await consumer.watermarks(of: KafkaTopicPartition(topic: $0, partition: 0))
            }
            await expect("committed") {
                _ = try await consumer.committed(topicPartitions: [KafkaTopicPartition(topic: $0, partition: 0)])
            }
            let assignment = try consumer.assignment
            #expect(assignment == [known.topicPartition])
        }
        await expect("partitions", .configuration) {
            let place = KafkaTopicPartitionOffset(topic: $0, partition: 0, offset: 0)
            try kafka.consumerConfiguration(.partitions([place])).validate()
        }
    }

    @Test("The longest name is used, and a pattern may be longer")
    func longest() async throws {
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            let place = try await producer.send(KafkaMessage(topic: Self.longest, value: "x"))
            #expect(place.offset == 0)
            #expect(try await producer.metadata(of: Self.longest).topics.map(\.name) == [Self.longest])
        }
        let pattern = "^(\(Self.longest)|frames)$"
        let configuration = kafka.consumerConfiguration(.group(id: "g", topics: [pattern]))
        try configuration.validate()
        let error = #expect(throws: KafkaError.self) {
            try kafka.consumerConfiguration(.group(id: "g", topics: [Self.longest + "t"])).validate()
        }
        #expect(error?.code == .configuration)
        try await withKafkaConsumer(configuration) { consumer in
            let record = try await consumer.takeOne()
            #expect(record.topic == Self.longest)
        }
    }
}
