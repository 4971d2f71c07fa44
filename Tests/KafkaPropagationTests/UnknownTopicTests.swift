import TestSupport
import Testing

@testable import CMALoggerRDKafka
@testable import KafkaPropagation
@testable import KafkaPropagationTesting

@Suite("Unknown topics", .timeLimit(.minutes(10)))
struct UnknownTopicTests {
    private let kafka: EmbeddedKafka
    private let action = """
        Create the topic, or correct its name. A broker creates a topic by itself only for a producer, and only with \
        auto.create.topics.enable
        """

    /// The cluster answers that it does not know `fraems`, like a broker that makes no topics by itself.
    init() throws {
        kafka = try EmbeddedKafka(topics: ["fraems": 1])
        kafka.withCluster { rd_kafka_mock_topic_set_error($0, "fraems", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) }
    }

    private func expectExplained(_ error: KafkaError?, of place: String = "fraems") {
        #expect(error?.code == .unknownTopicOrPartition)
        #expect(error?.hint == action)
        #expect(error?.isRetriable == false)
        #expect(error?.description.hasPrefix("\(place): ") == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(action) == true)
    }

    @Test("A producer's error names the topic and the action", arguments: [nil, KafkaPartition(rawValue: 0)])
    func producer(partition: KafkaPartition?) async throws {
        var configuration = kafka.producerConfiguration
        // librdkafka waits this long for a topic that somebody may just have created.
        configuration.properties["topic.metadata.propagation.max.ms"] = "100"
        try await withKafkaProducer(configuration) { producer in
            // The first message waits for the metadata. The second one is refused at once.
            for _ in 0..<2 {
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.send(KafkaMessage(topic: "fraems", value: "x", partition: partition))
                }
                expectExplained(error)
            }
        }
    }

    private func firstError(_ consumer: borrowing KafkaConsumer) async -> KafkaError? {
        for await event in consumer.events {
            if case .error(let error) = event { return error }
        }
        return nil
    }

    @Test("The error of a member of a group names the topic and the action")
    func group() async throws {
        let configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["fraems"]))
        try await withKafkaConsumer(configuration) { expectExplained(await firstError($0)) }
    }

    @Test("The error of a consumer of one partition names the topic and the action")
    func partition() async throws {
        let place = KafkaTopicPartitionOffset(topic: "fraems", partition: 0, offset: .beginning)
        var configuration = kafka.consumerConfiguration(.partitions([place]))
        configuration.properties["topic.metadata.propagation.max.ms"] = "100"
        try await withKafkaConsumer(configuration) { expectExplained(await firstError($0), of: "fraems [0]") }
    }
}
