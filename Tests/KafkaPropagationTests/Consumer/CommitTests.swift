import KafkaPropagationTesting
import Testing

@testable import KafkaPropagation

/// The offsets that reach the broker, and the time at which they do.
@Suite("Commits", .timeLimit(.minutes(10)))
struct CommitTests {
    private func texts(_ range: Range<Int>) -> [String] { range.map(String.init) }

    /// Runs `body` with a consumer of partition 0, in its own group, and some records in that partition.
    private func withRecords(
        _ count: Int,
        _ body: (KafkaConsumer, KafkaTopicPartition) async throws -> Void
    ) async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<count), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions(
            [KafkaTopicPartitionOffset(topicPartition: partition, offset: .beginning)],
            groupID: "group-\(topic)"
        )
        try await withKafkaConsumer(TestBroker.consumer(strategy)) { try await body($0, partition) }
    }

    @Test("A commit includes only the front of the finished records, for any order of the calls")
    func front() async throws {
        try await withRecords(6) { consumer, partition in
            func committed() async throws -> KafkaOffset? {
                try await consumer.committed(topicPartitions: [partition]).first?.offset
            }
            let records = try await consumer.take(6)
            for record in records[1..<4] { try await consumer.commit(record) }
            #expect(try await committed() == nil)
            try await consumer.commit(records[0])
            #expect(try await committed() == 4)
            try consumer.storeOffset(records[5])
            try await consumer.commit()
            #expect(try await committed() == 4)
            try consumer.storeOffset(records[4])
            try await consumer.commitStoredOffsets()
            #expect(try await committed() == 6)
        }
    }

    @Test("Offsets from the application are stored and committed unchanged")
    func ownOffsets() async throws {
        try await withRecords(10) { consumer, partition in
            func place(_ offset: KafkaOffset) -> [KafkaTopicPartitionOffset] {
                [KafkaTopicPartitionOffset(topicPartition: partition, offset: offset)]
            }
            let records = try await consumer.take(10)
            try await consumer.commit(place(3))
            #expect(try await consumer.committed(topicPartitions: [partition]) == place(3))
            try consumer.storeOffsets(place(7))
            try await consumer.commit()
            #expect(try await consumer.committed(topicPartitions: [partition]) == place(7))
            // Every record below counts as done.
            try await consumer.commit(records[7])
            #expect(try await consumer.committed(topicPartitions: [partition]) == place(8))
            let error = await #expect(throws: KafkaError.self) { try await consumer.commit(place(.end)) }
            #expect(error?.code == .invalidArgument)
            let other = KafkaTopicPartitionOffset(topic: "elsewhere", partition: 0, offset: 1)
            let elsewhere = await #expect(throws: KafkaError.self) { try await consumer.commit([other]) }
            #expect(elsewhere?.code == .notAssigned)
            try consumer.storeOffsets([other])
        }
    }

    @Test("A record of another consumer or from the application is refused")
    func foreignRecords() async throws {
        try await withRecords(1) { consumer, _ in
            let foreign = KafkaRecord(topic: "frames", value: "x")
            let error = await #expect(throws: KafkaError.self) { try await consumer.commit(foreign) }
            #expect(error?.code == .invalidArgument)
            #expect(throws: KafkaError.self) { try consumer.storeOffset(foreign) }
        }
    }

    @Test("After a seek, committing an earlier record changes nothing")
    func seek() async throws {
        try await withRecords(10) { consumer, partition in
            let before = try await consumer.take(8)
            try await consumer.seek(topicPartitionOffsets: [.init(topicPartition: partition, offset: 2)])
            let again = try await consumer.takeOne()
            #expect(again.offset == 2)
            for record in before { try await consumer.commit(record) }
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == nil)
            try await consumer.commit(again)
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 3)
        }
    }

    @Test("A record of a partition that moved to another member is not committed, and the group never goes back")
    func lateCommit() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<20), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        let configuration = try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
        let elsewhere = try await TestBroker.topic()
        try await withKafkaConsumer(configuration) { first in
            let held = try await first.takeOne()
            #expect(held.offset == 0)
            try await withKafkaConsumer(configuration) { second in
                // The first member stays in the group with another topic.
                try await first.subscribe(topics: [elsewhere])
                let records = try await second.take(10)
                #expect(records.map(\.offset.rawValue) == Array(0..<10))
                for record in records { try second.storeOffset(record) }
                try await second.commit()

                let error = await #expect(throws: KafkaError.self) { try await first.commit(held) }
                #expect(error?.code == .notAssigned && error?.subject == partition.description)
                try first.storeOffset(held)
                try await first.commit()
                #expect(try await second.committed(topicPartitions: [partition]).first?.offset == 10)
            }
        }
    }

    @Test("If a partition of some records was taken away, the others are committed")
    func partlyTakenAway() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        try await withKafkaProducer(TestBroker.producer()) { producer in
            for partition in [0, 1] as [KafkaPartition] {
                try await producer.send(KafkaMessage(topic: topic, value: "x", partition: partition))
            }
        }
        let places = (0..<2).map {
            KafkaTopicPartitionOffset(topic: topic, partition: KafkaPartition(rawValue: $0), offset: 0)
        }
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions([places[0]], groupID: "group-\(topic)")
        try await withKafkaConsumer(TestBroker.consumer(strategy)) { consumer in
            let first = try await consumer.takeOne()
            try await consumer.assign([places[1]])
            let second = try await consumer.takeOne()
            let error = await #expect(throws: KafkaError.self) { try await consumer.commit([first, second]) }
            #expect(error?.code == .notAssigned && error?.subject == places[0].topicPartition.description)
            let committed = try await consumer.committed(topicPartitions: places.map(\.topicPartition))
            #expect(committed.map(\.offset) == [nil, 1])
        }
    }

    @Test("A record no longer counts after its partition was assigned again")
    func assignedAgain() async throws {
        try await withRecords(5) { consumer, partition in
            let old = try await consumer.takeOne()
            try await consumer.assign([KafkaTopicPartitionOffset(topicPartition: partition, offset: 3)])
            let error = await #expect(throws: KafkaError.self) { try await consumer.commit(old) }
            #expect(error?.code == .notAssigned)
            let new = try await consumer.takeOne()
            #expect(new.offset == 3)
            try await consumer.commit(new)
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 4)
        }
    }

    @Test("A commit is answered even if the application takes no record for longer than the poll interval")
    func commitAfterPollInterval() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<3), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        var configuration = try TestBroker.consumer(
            .partitions([.init(topicPartition: partition, offset: .beginning)], groupID: "group-\(topic)")
        )
        // From the first record on, no poll serves an answer.
        configuration.properties["max.poll.interval.ms"] = "10"
        configuration.properties["session.timeout.ms"] = "10"
        configuration.properties["heartbeat.interval.ms"] = "10"
        try await withKafkaConsumer(configuration) { consumer in
            var iterator = consumer.makeAsyncIterator()
            let record = try #require(try await iterator.next())
            // This is the time in which the loop may not poll. No event marks its start.
            try await Task.sleep(for: .milliseconds(300))
            try await consumer.commit(record)
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 1)
            _ = try await iterator.next()
        }
    }

    @Test("The next consumer of the group begins exactly at the committed offsets")
    func commit() async throws {
        let topic = try await TestBroker.topic()
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        let group = "group-\(topic)"
        try await send(texts(0..<20), to: topic)
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions(
            [KafkaTopicPartitionOffset(topicPartition: partition, offset: nil)],
            groupID: group
        )
        try await withKafkaConsumer(TestBroker.consumer(strategy)) { consumer in
            #expect(try await consumer.committed(topicPartitions: [partition]).map(\.offset) == [nil])
            let records = try await consumer.take(10)
            try #require(records.count == 10)
            for record in records[..<5] { try await consumer.commit(record) }
            #expect(try await consumer.committed(topicPartitions: [partition]).map(\.offset) == [5])
        }
        try await withKafkaConsumer(TestBroker.consumer(strategy)) { consumer in
            let first = try await consumer.takeOne()
            #expect(first.offset == 5)
            try await consumer.commitStoredOffsets()
            #expect(try await consumer.committed(topicPartitions: [partition]).map(\.offset) == [5])
            let records = try await consumer.take(4)
            for record in [first] + records { try consumer.storeOffset(record) }
            try await consumer.commitStoredOffsets()
            #expect(try await consumer.committed(topicPartitions: [partition]).map(\.offset) == [10])
        }
        var configuration = try TestBroker.consumer(strategy)
        configuration.commitPolicy = .storedOffsets(every: .seconds(60))
        try await withKafkaConsumer(configuration) { consumer in
            let records = try await consumer.take(5)
            try #require(records.count == 5)
            try consumer.storeOffset(records[1])
            try consumer.storeOffset(records[0])
        }
        let last = try await withKafkaConsumer(TestBroker.consumer(strategy)) {
            try await $0.committed(topicPartitions: [partition])
        }
        #expect(last.map(\.offset) == [12])
    }
}
