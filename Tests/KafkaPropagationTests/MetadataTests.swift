import CMALoggerRDKafka
import KafkaPropagation
import KafkaPropagationTesting
import Testing

@Suite("Metadata of the embedded cluster", .timeLimit(.minutes(10)))
struct MetadataTests {
    @Test("A broker that answers slowly is waited for, within the timeout")
    func slowMetadata() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let admin = try KafkaAdmin(kafka.configuration)
        _ = try await admin.metadata()
        try kafka.setRoundTripTime(.milliseconds(1500), ofBroker: 1)
        #expect(try await admin.metadata(of: "frames", timeout: .seconds(100)).topics.map(\.name) == ["frames"])
    }

    @Test(
        "An admin client that asks for a topic does not create it",
        .enabled(if: rd_kafka_version() > 0x0200_02FF, "the embedded cluster of librdkafka 2.0.2 always creates topics")
    )
    func askingCreatesNothing() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let admin = try KafkaAdmin(kafka.configuration)
        let error = await #expect(throws: KafkaError.self) { try await admin.metadata(of: "missing") }
        #expect(error?.code == .unknownTopicOrPartition)
        #expect(try await admin.metadata().topics.map(\.name) == ["frames"])
    }
}
