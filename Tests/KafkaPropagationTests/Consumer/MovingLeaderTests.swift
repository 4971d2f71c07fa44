import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Calls of a consumer while leaders move", .timeLimit(.minutes(10)))
struct MovingLeaderTests {
    @Test("While a partition gets another leader, and a group another coordinator, the calls ask again")
    func movingBrokers() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) {
            try await $0.send(KafkaMessage(topic: "frames", value: "x"))
        }
        let partition = KafkaTopicPartition(topic: "frames", partition: 0)
        let start = KafkaTopicPartitionOffset(topicPartition: partition, offset: .beginning)
        let configuration = kafka.consumerConfiguration(.partitions([start], groupID: "detectors"))
        try await withKafkaConsumer(configuration) { consumer in
            #expect(try await consumer.takeOne().valueText == "x")
            kafka.fail(.listOffsets, with: [.notLeader, .notLeader])
            let marks = try await consumer.watermarks(of: partition)
            #expect(marks.count == 1)
            kafka.fail(.listOffsets, with: [.notLeader, .notLeader])
            let epoch = KafkaTimestamp(millisecondsSinceEpoch: 0)
            let offsets = try await consumer.offsets(of: [partition], at: epoch)
            #expect(offsets.map(\.topicPartition) == [partition])
            kafka.fail(.offsetFetch, with: [.notCoordinator, .coordinatorNotAvailable])
            let committed = try await consumer.committed(topicPartitions: [partition])
            #expect(committed.map(\.offset) == [nil])
        }
    }

    @Test("While a partition has no leader, the calls ask again, and a partition that does not exist is an error")
    func noLeader() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 2])
        let partition = KafkaTopicPartition(topic: "frames", partition: 0)
        let missing = KafkaTopicPartition(topic: "frames", partition: 7)
        let start = KafkaTopicPartitionOffset(topic: "frames", partition: 1, offset: .beginning)
        let epoch = KafkaTimestamp(millisecondsSinceEpoch: 0)
        let configuration = kafka.consumerConfiguration(.partitions([start], groupID: "detectors"))
        try await withKafkaConsumer(configuration) { consumer in
            try kafka.setLeader(nil, of: partition)
            async let marks = consumer.watermarks(of: partition, timeout: .seconds(100))
            async let offsets = consumer.offsets(of: [partition], at: epoch, timeout: .seconds(100))
            let late = await #expect(throws: KafkaError.self) {
                try await consumer.watermarks(of: partition, timeout: .seconds(1))
            }
            #expect(late?.isRetriable == true && late?.code != .unknownTopicOrPartition, "\(String(describing: late))")
            let unknown = await #expect(throws: KafkaError.self) { try await consumer.watermarks(of: missing) }
            #expect(unknown?.code == .unknownTopicOrPartition)
            let unknownTime = await #expect(throws: KafkaError.self) {
                try await consumer.offsets(of: [partition, missing], at: epoch)
            }
            #expect(unknownTime?.code == .unknownTopicOrPartition)
            try kafka.setLeader(1, of: partition)
            #expect(try await marks.count == 0)
            #expect(try await offsets.map(\.topicPartition) == [partition])
        }
    }

    @Test("The calls find the new leader of a topic that the consumer does not read")
    func movedLeader() async throws {
        let kafka = try EmbeddedKafka(brokers: 2, topics: ["frames": 1, "archive": 1])
        let partition = KafkaTopicPartition(topic: "archive", partition: 0)
        let epoch = KafkaTimestamp(millisecondsSinceEpoch: 0)
        let start = KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .beginning)
        let configuration = kafka.consumerConfiguration(.partitions([start], groupID: "detectors"))
        try await withKafkaConsumer(configuration) { consumer in
            for leader in [1, 2, 1] {
                try kafka.setLeader(leader, of: partition)
                #expect(try await consumer.watermarks(of: partition, timeout: .seconds(100)).count == 0)
                try kafka.setLeader(3 - leader, of: partition)
                #expect(try await consumer.offsets(of: [partition], at: epoch, timeout: .seconds(100)).count == 1)
            }
        }
    }
}
