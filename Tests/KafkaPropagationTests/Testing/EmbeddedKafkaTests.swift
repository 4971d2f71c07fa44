import KafkaPropagation
import KafkaPropagationTesting
import Testing

@Suite("The embedded broker", .timeLimit(.minutes(10)))
struct EmbeddedKafkaTests {
    @Test(
        "A number of partitions that is out of range is refused, and the error names the topic",
        arguments: [0, -1, .min, .max]
    )
    func partitions(count: Int) throws {
        let kafka = try EmbeddedKafka()
        let error = #expect(throws: KafkaError.self) { try kafka.createTopic("frames", partitions: count) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.description.contains("\(count)") == true && error?.description.contains("frames") == true)
        let other = #expect(throws: KafkaError.self) { try EmbeddedKafka(topics: ["frames": count]) }
        #expect(other?.code == .invalidArgument)
    }

    @Test("A replication factor must be from 1 to the number of brokers", arguments: [0, -1, 3, .max])
    func replication(factor: Int) throws {
        let kafka = try EmbeddedKafka(brokers: 2)
        let error = #expect(throws: KafkaError.self) { try kafka.createTopic("frames", replicationFactor: factor) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.description.contains("\(factor)") == true)
        try kafka.createTopic("frames", replicationFactor: 2)
    }

    @Test("A missing broker or partition is an error", arguments: [0, -1, 2, .max])
    func unknownBroker(number: Int) throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let partition = KafkaTopicPartition(topic: "frames", partition: 0)
        #expect(throws: KafkaError.self) { try kafka.setBrokerDown(number) }
        #expect(throws: KafkaError.self) { try kafka.setRoundTripTime(.zero, ofBroker: number) }
        #expect(throws: KafkaError.self) { try kafka.setLeader(number, of: partition) }
        let missing = KafkaTopicPartition(topic: "frames", partition: KafkaPartition(rawValue: 1))
        #expect(throws: KafkaError.self) { try kafka.setLeader(1, of: missing) }
    }

    @Test(
        "The leader of a partition whose number is out of range cannot be set, and no topic is made for it",
        arguments: [-1, -1000, .min, 10_000, .max]
    )
    func unknownPartition(number: Int) async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        for topic in ["frames", "unknown"] {
            let partition = KafkaTopicPartition(topic: topic, partition: KafkaPartition(rawValue: number))
            let error = #expect(throws: KafkaError.self) { try kafka.setLeader(1, of: partition) }
            #expect(error?.code == .invalidArgument && error?.subject == topic)
            #expect(error?.description.contains("\(number)") == true)
        }
        #expect(try await KafkaAdmin(kafka.configuration).metadata().topics.map(\.name) == ["frames"])
    }

    @Test(
        "Any round-trip time is accepted",
        arguments: [Duration.seconds(-1), .seconds(Int64.max), .seconds(Int64.min)]
    )
    func roundTripTime(time: Duration) throws {
        let kafka = try EmbeddedKafka()
        try kafka.setRoundTripTime(time, ofBroker: 1)
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
    }
}
