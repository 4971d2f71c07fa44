import KafkaPropagationTesting
import Testing

@testable import KafkaPropagation

@Suite("Seeks of several partitions", .timeLimit(.minutes(10)))
struct SeekTests {
    private func place(_ partition: KafkaPartition, _ offset: KafkaOffset?) -> KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(topic: "frames", partition: partition, offset: offset)
    }

    private func kafka() async throws -> EmbeddedKafka {
        let kafka = try EmbeddedKafka(topics: ["frames": 2])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for number in 0..<20 {
                let partition = KafkaPartition(rawValue: number % 2)
                try await producer.send(KafkaMessage(topic: "frames", value: "\(number)", partition: partition))
            }
        }
        return kafka
    }

    @Test("While a seek waits for one partition, the others deliver their records once")
    func pending() async throws {
        let kafka = try await kafka()
        // Partition 1 waits for the committed offset.
        kafka.fail(.findCoordinator, with: Array(repeating: .coordinatorNotAvailable, count: 8))
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions(
            [place(0, 0), place(1, nil)],
            groupID: "detectors"
        )
        try await withKafkaConsumer(kafka.consumerConfiguration(strategy)) { consumer in
            let before = try await consumer.take(10)
            #expect(before.map(\.topicPartitionOffset) == (0..<10).map { place(0, .init(rawValue: $0)) })
            async let seek: Void = consumer.seek(
                topicPartitionOffsets: [place(0, 8), place(1, 8)],
                timeout: .seconds(60)
            )
            let records = try await consumer.take(4).map { "\($0.topicPartitionOffset)" }
            try await seek
            let expected = [place(0, 8), place(0, 9), place(1, 8), place(1, 9)].map { "\($0)" }
            #expect(records.sorted() == expected.sorted())
        }
    }
}
