import CMALoggerRDKafka
import ContextPropagation
import Testing

@testable import KafkaPropagation

/// Dead letters under conditions that the embedded broker does not have.
@Suite(
    "Dead letters on a real broker",
    .enabled(if: TestBroker.isReal && !TestBroker.isSecured, "needs a plain listener in KAFKA_BOOTSTRAP_SERVERS"),
    .timeLimit(.minutes(10))
)
struct RealDeadLetterTests {
    struct Failure: Error, CustomStringConvertible {
        let description = String(repeating: "x", count: 3000)
    }

    @Test("A dead letter that the topic's limit refuses loses its text")
    func refusedByBroker() async throws {
        let topic = try await TestBroker.topic()
        let limited = "\(topic)-limited"
        let admin = try KafkaAdmin(TestBroker.connection())
        try await admin.createTopics([KafkaTopic(name: limited, configuration: ["max.message.bytes": "2000"])])
        try await withKafkaProducer(TestBroker.producer()) { producer in
            let letters = KafkaDeadLetterTopic(limited)
            let record = KafkaRecord(topic: topic, value: "x")
            try await letters.send(record, error: Failure(), attempts: 1, through: producer)
            let large = KafkaRecord(topic: topic, value: String(repeating: "x", count: 3000))
            let error = await #expect(throws: KafkaError.self) {
                try await letters.send(large, error: Failure(), attempts: 1, through: producer)
            }
            #expect(error?.code == .messageTooLarge)
            #expect(error?.message.contains(limited) == true)
        }
        let letter = try await withKafkaConsumer(TestBroker.consumer(.all(limited))) { try await $0.takeOne() }
        #expect(letter.text == "x")
        #expect(KafkaDeadLetter(letter)?.errorMessage == nil)
    }

    @Test("A replay ends although the last offset of the topic is the marker of a transaction")
    func transaction() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            let record = KafkaRecord(topic: origin, value: "x")
            try await KafkaDeadLetterTopic(topic).send(record, error: Failure(), attempts: 1, through: producer)
        }
        let code = try commitTransaction(topic)
        try #require(code == RD_KAFKA_RESP_ERR_NO_ERROR)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        let configuration = KafkaReplayConfiguration(try TestBroker.connection(), topic: topic)
        let summary = try await replayDeadLetters(configuration)
        #expect(summary.replayed == 1)
        #expect(summary.withoutOrigin == 1)
        // Only the marker is left.
        #expect(try await replayDeadLetters(configuration) == KafkaReplaySummary())
        try await withKafkaConsumer(TestBroker.consumer(.partitions([], groupID: configuration.groupID))) { consumer in
            let marks = try await consumer.watermarks(of: partition)
            #expect(marks.high == 3)
            let committed = try await consumer.committed(topicPartitions: [partition])
            #expect(committed.map(\.offset) == [2])
        }
    }

    /// Sends one record without headers in a transaction of its own.
    private func commitTransaction(_ topic: String) throws -> rd_kafka_resp_err_t {
        let configuration = rd_kafka_conf_new()
        let servers = try TestBroker.connection().bootstrapServers.joined(separator: ",")
        rd_kafka_conf_set(configuration, "bootstrap.servers", servers, nil, 0)
        rd_kafka_conf_set(configuration, "transactional.id", topic, nil, 0)
        let client = try #require(rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0))
        defer { rd_kafka_destroy(client) }
        let native = rd_kafka_topic_new(client, topic, nil)
        defer { rd_kafka_topic_destroy(native) }
        for step in [
            { rd_kafka_init_transactions(client, 30_000) },
            { rd_kafka_begin_transaction(client) },
            {
                // An empty value.
                rd_kafka_produce(native, 0, Int32(RD_KAFKA_MSG_F_COPY), nil, 0, nil, 0, nil)
                return rd_kafka_commit_transaction(client, 30_000)
            },
        ] {
            guard let error = step() else { continue }
            defer { rd_kafka_error_destroy(error) }
            return rd_kafka_error_code(error)
        }
        return RD_KAFKA_RESP_ERR_NO_ERROR
    }
}
