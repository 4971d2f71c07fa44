import CMALoggerRDKafka
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Admin clients", .timeLimit(.minutes(10)))
struct AdminClientTests {
    @Test("An idle admin client collects no statistics, although the shared configuration asks for them")
    func statistics() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        var configuration = kafka.configuration
        configuration.properties["statistics.interval.ms"] = "1"
        let admin = try KafkaAdmin(configuration)
        // A client that nobody polls and that keeps its statistics shows that the time has passed.
        let native = try NativeConfiguration(configuration.nativeProperties)
        let other = try ClientHandle(RD_KAFKA_PRODUCER, native, callbacks: ClientCallbacks())
        await until { rd_kafka_outq_len(other.pointer) >= 50 }
        #expect(rd_kafka_outq_len(admin.client.pointer) < 10)
        try kafka.createTopic("others")
        #expect(try await admin.metadata(of: "others").topics.map(\.name) == ["others"])
    }
}
