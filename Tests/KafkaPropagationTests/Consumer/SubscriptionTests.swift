import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Lists of topics that librdkafka refuses", .timeLimit(.minutes(10)))
struct SubscriptionTests {
    /// Each with a part of the error and its subject.
    private static let refused: [(topics: [String], text: String, subject: String)] = [
        ([], "empty", "topics"),
        (["frames", ""], "empty", "topic \"\""),
        (["frames", "other", "frames"], "twice", "topic \"frames\""),
        (["^fr", "^fr"], "twice", "topic \"^fr\""),
        (["frames", "^("], "not a regular expression", "topic \"^(\""),
        // Swift takes the first two code points for one character.
        (["^\u{301}("], "not a regular expression", "topic \"^\u{301}(\""),
        (
            ["^[" + String(repeating: "a", count: 5000)], "not a regular expression",
            "topic \"^[\(String(repeating: "a", count: 38))…\""
        ),
    ]

    @Test("A configuration says what is wrong, before a client is made", arguments: refused.indices)
    func configuration(index: Int) throws {
        let (topics, text, subject) = Self.refused[index]
        let connection = KafkaConfiguration(bootstrapServers: ["localhost:9092"])
        let configuration = KafkaConsumerConfiguration(connection, .group(id: "g", topics: topics))
        for check in [
            { try configuration.validate() }, { _ = try KafkaConsumer(configuration) },
            { _ = try ParallelConsumer(configuration, maxConcurrency: 1) { _ in } },
        ] {
            let error = #expect(throws: KafkaError.self) { try check() }
            #expect(error?.code == .configuration && error?.subject == subject, "\(String(describing: error))")
            #expect(error?.message.contains(text) == true && error?.hint != nil, "\(String(describing: error))")
        }
    }

    @Test("A subscription says what is wrong, and the consumer keeps what it reads")
    func subscribe() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for number in 0..<20 { try await producer.send(KafkaMessage(topic: "frames", value: "\(number)")) }
        }
        let place = KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: 0)
        let configuration = kafka.consumerConfiguration(.partitions([place], groupID: "g"))
        try await withKafkaConsumer(configuration) { consumer in
            #expect(try await consumer.take(10).map(\.offset.rawValue) == Array(0..<10))
            for (topics, text, subject) in Self.refused {
                let error = await #expect(throws: KafkaError.self) { try await consumer.subscribe(topics: topics) }
                #expect(error?.code == .invalidArgument && error?.subject == subject, "\(String(describing: error))")
                #expect(error?.message.contains(text) == true, "\(String(describing: error))")
            }
            #expect(try consumer.assignment == [place.topicPartition])
            let stage = try await consumer.core.consumer.perform { assignment, _ throws(KafkaError) in assignment.group
            }
            #expect(stage == .assigned)
            #expect(try await consumer.take(10).map(\.offset.rawValue) == Array(10..<20))
        }
    }

    @Test("Names and patterns that differ only for Kafka are no duplicates")
    func differing() throws {
        let connection = KafkaConfiguration(bootstrapServers: ["localhost:9092"])
        // Swift takes the last two for equal.
        for topics in [["frames", "^frames", "^frames{1,2}$"], ["^caf\u{E9}", "^cafe\u{301}"]] {
            let configuration = KafkaConsumerConfiguration(connection, .group(id: "g", topics: topics))
            try configuration.validate()
            try KafkaConsumer(configuration).triggerGracefulShutdown()
        }
    }
}
