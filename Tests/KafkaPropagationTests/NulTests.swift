import KafkaPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

/// C reads a text only up to its first NUL. Without a check, `frames\0old` would therefore mean the topic `frames`.
@Suite("Texts with a NUL", .timeLimit(.minutes(10)))
struct NulTests {
    private static let name = "frames\0old"
    private let kafka: EmbeddedKafka

    init() throws {
        kafka = try EmbeddedKafka(topics: ["frames": 1])
    }

    private func expect(
        _ call: String,
        _ code: KafkaError.Code = .invalidArgument,
        naming subject: String = #"topic "frames\0old""#,
        _ body: () async throws -> Void
    ) async {
        let error = await #expect(throws: KafkaError.self, "\(call)") { try await body() }
        #expect(error?.code == code, "\(call): \(error.map { "\($0)" } ?? "")")
        #expect(error?.subject == subject, "\(call)")
        #expect(error?.message == "contains a NUL character; remove it", "\(call)")
    }

    @Test("The admin client refuses names and settings of topics, and does not create or delete another topic")
    func admin() async throws {
        let admin = try KafkaAdmin(kafka.configuration)
        let timeout = Duration.milliseconds(200)
        await expect("createTopics") {
            try await admin.createTopics([KafkaTopic(name: "good"), KafkaTopic(name: Self.name)], timeout: timeout)
        }
        await expect("a setting's name", naming: #"configuration of topic "frames""#) {
            let topic = KafkaTopic(name: "frames", configuration: ["retention.ms\0": "1"])
            try await admin.createTopics([topic], timeout: timeout)
        }
        await expect("a setting's value", naming: #"retention.ms of topic "frames""#) {
            let topic = KafkaTopic(name: "frames", configuration: ["retention.ms": "1\0000"])
            try await admin.createTopics([topic], timeout: timeout)
        }
        await expect("deleteTopics") { try await admin.deleteTopics(["good", Self.name], timeout: timeout) }
        await expect("metadata") { _ = try await admin.metadata(of: Self.name) }
    }

    @Test("Every call of a consumer refuses the name of a topic")
    func consumer() async throws {
        let partition = KafkaTopicPartition(topic: Self.name, partition: 0)
        let place = KafkaTopicPartitionOffset(topicPartition: partition, offset: 0)
        let known = KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .beginning)
        let configuration = kafka.consumerConfiguration(.partitions([known], groupID: "g"))
        try await withKafkaConsumer(configuration) { consumer in
            await expect("assign") { try await consumer.assign([known, place]) }
            await expect("subscribe") { try await consumer.subscribe(topics: ["frames", Self.name]) }
            await expect("pause") { try await consumer.pause(topicPartitions: [partition]) }
            await expect("resume") { try await consumer.resume(topicPartitions: [partition]) }
            await expect("watermarks") { _ = try await consumer.watermarks(of: partition) }
            await expect("offsets") {
                _ = try await consumer.offsets(of: [partition], at: KafkaTimestamp(millisecondsSinceEpoch: 1))
            }
            await expect("committed") { _ = try await consumer.committed(topicPartitions: [partition]) }
            await expect("metadata") { _ = try await consumer.metadata(of: Self.name) }
            // Such a partition is never assigned.
            let commit = await #expect(throws: KafkaError.self) { try await consumer.commit([place]) }
            #expect(commit?.code == .notAssigned)
            let seek = await #expect(throws: KafkaError.self) {
                try await consumer.seek(topicPartitionOffsets: [place])
            }
            #expect(seek?.code == .notAssigned)
            // The refused calls have changed nothing.
            let assignment = try consumer.assignment
            #expect(assignment == [known.topicPartition])
        }
    }

    @Test("A configuration with such a topic or group is refused before a client is made")
    func configuration() async throws {
        let place = KafkaTopicPartitionOffset(topic: Self.name, partition: 0, offset: 0)
        await expect("topics", .configuration) {
            try kafka.consumerConfiguration(.group(id: "g", topics: ["frames", Self.name])).validate()
        }
        await expect("partitions", .configuration) { try kafka.consumerConfiguration(.partitions([place])).validate() }
        await expect("group", .configuration, naming: "group.id") {
            try kafka.consumerConfiguration(.group(id: "g\0", topics: ["frames"])).validate()
        }
        await expect("ParallelConsumer", .configuration) {
            let configuration = kafka.consumerConfiguration(.group(id: "g", topics: [Self.name]))
            _ = try ParallelConsumer(configuration, maxConcurrency: 1) { _ in }
        }
    }

    @Test("A producer refuses a message for such a topic, and so does a replay of dead letters")
    func producer() async throws {
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            let message = KafkaMessage(topic: Self.name, value: "lost")
            await expect("enqueue") { try producer.enqueue(message) }
            await expect("send") { _ = try await producer.send(message) }
            await expect("metadata") { _ = try await producer.metadata(of: Self.name) }
        }
        await expect("replayDeadLetters") {
            _ = try await replayDeadLetters(KafkaReplayConfiguration(kafka.configuration, topic: Self.name))
        }
    }

    @Test("The embedded cluster makes no topic of another name")
    func embedded() async throws {
        await expect("createTopic", naming: #"topic "letters\0old""#) { try kafka.createTopic("letters\0old") }
        await expect("setLeader") {
            try kafka.setLeader(1, of: KafkaTopicPartition(topic: Self.name, partition: 0))
        }
    }
}
