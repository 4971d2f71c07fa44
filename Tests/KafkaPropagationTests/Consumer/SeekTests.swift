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
            var records: [KafkaTopicPartitionOffset] = []
            while records.last != place(1, 9) || records.count < 4 {
                let record = try await consumer.takeOne().topicPartitionOffset
                // On a busy machine, partition 1 may start before the seek moves it.
                if record.partition == 0 || record.offset.map({ $0.rawValue >= 8 }) == true { records.append(record) }
            }
            try await seek
            #expect(records.filter { $0.partition == 0 } == [place(0, 8), place(0, 9)])
            #expect(records.filter { $0.partition == 1 } == [place(1, 8), place(1, 9)])
        }
    }

    @Test("A list that names a partition twice, or an offset that does not exist, is refused and changes nothing")
    func refused() async throws {
        let kafka = try await kafka()
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions([place(0, 0)], groupID: "detectors")
        try await withKafkaConsumer(kafka.consumerConfiguration(strategy)) { consumer in
            _ = try await consumer.take(2)
            for (places, subject, text) in [
                ([place(0, 5), place(0, 8)], "frames [0]", "twice"),
                ([place(0, -3)], "frames [0]", "-3"),
                ([place(0, -1999)], "frames [0]", "-1999"),
            ] {
                for call in [
                    { try await consumer.assign(places) },
                    { try await consumer.seek(topicPartitionOffsets: places) },
                ] {
                    let error = await #expect(throws: KafkaError.self) { try await call() }
                    #expect(error?.code == .invalidArgument && error?.isRetriable == false)
                    #expect(error?.subject == subject && error?.message.contains(text) == true)
                }
            }
            for offset in [nil, KafkaOffset.storedOffset] {
                let error = await #expect(throws: KafkaError.self) {
                    try await consumer.seek(topicPartitionOffsets: [place(0, offset)])
                }
                #expect(error?.code == .invalidArgument && error?.message.contains(".tail(_:)") == true)
            }
            let error = await #expect(throws: KafkaError.self) { try await consumer.assign([place(-1, 0)]) }
            #expect(error?.code == .invalidArgument && error?.subject == "frames [-1]")
            #expect(try consumer.assignment == [place(0, nil).topicPartition])
            // To name a partition twice has no meaning of its own here.
            try await consumer.pause(topicPartitions: [place(0, nil).topicPartition, place(0, nil).topicPartition])
            try await consumer.resume(topicPartitions: [place(0, nil).topicPartition, place(0, nil).topicPartition])
            #expect(try await consumer.takeOne().offset == 2)
            try await consumer.assign([place(0, .tail(2))])
            #expect(try await consumer.takeOne().offset == 8)
        }
    }

    @Test("A configuration that names a partition twice is refused before a client is made")
    func configuration() throws {
        let connection = KafkaConfiguration(bootstrapServers: ["localhost:9092"])
        for places in [[place(0, 1), place(0, 2)], [place(0, -3)], [place(-1, 0)]] {
            let configuration = KafkaConsumerConfiguration(connection, .partitions(places, groupID: "g"))
            for check in [{ try configuration.validate() }, { _ = try KafkaConsumer(configuration) }] {
                let error = #expect(throws: KafkaError.self) { try check() }
                #expect(error?.code == .configuration && error?.subject == "\(places[0].topicPartition)")
            }
        }
    }
}
