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
            // A list with an offset that is no number changes nothing.
            #expect(throws: KafkaError.self) { try consumer.storeOffsets(place(2) + place(.end)) }
            await #expect(throws: KafkaError.self) { try await consumer.commit(place(2) + place(.end)) }
            try await consumer.commit()
            #expect(try await consumer.committed(topicPartitions: [partition]) == place(8))
        }
    }

    @Test("An offset that is stored before its records are read is not taken back by them")
    func aheadOfTheReader() async throws {
        try await withRecords(12) { consumer, partition in
            func committed() async throws -> KafkaOffset? {
                try await consumer.committed(topicPartitions: [partition]).first?.offset
            }
            try consumer.storeOffset(try await consumer.takeOne())
            try consumer.storeOffsets([.init(topicPartition: partition, offset: 8)])
            try consumer.storeOffset(try await consumer.takeOne())
            try await consumer.commit()
            #expect(try await committed() == 8)
            try await consumer.commit(try await consumer.takeOne())
            #expect(try await committed() == 8)
            for record in try await consumer.take(6) { try consumer.storeOffset(record) }
            try await consumer.commit()
            #expect(try await committed() == 9)
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

    // MARK: librdkafka's own commits, at the end and by its timer

    /// Runs `body` with a consumer that has taken ten records of a partition, and returns the offset that the group has
    /// after the consumer's end.
    private func committed(
        _ policy: KafkaConsumerConfiguration.CommitPolicy = .storedOffsets(every: .seconds(60)),
        after body: (KafkaConsumer, [KafkaRecord], KafkaTopicPartition) async throws -> Void
    ) async throws -> KafkaOffset? {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<10), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        var configuration = try TestBroker.consumer(
            .partitions([.init(topicPartition: partition, offset: .beginning)], groupID: "group-\(topic)")
        )
        configuration.commitPolicy = policy
        try await withKafkaConsumer(configuration) { try await body($0, try $0.take(10), partition) }
        return try await withKafkaConsumer(configuration) {
            try await $0.committed(topicPartitions: [partition]).first?.offset
        }
    }

    @Test("The end of a consumer does not take back a commit")
    func endAfterCommit() async throws {
        let records = try await committed { consumer, records, _ in
            try consumer.storeOffset(records[0])
            for record in records[1..<8] { try await consumer.commit(record) }
        }
        #expect(records == 8)
        let ownOffsets = try await committed { consumer, records, partition in
            try consumer.storeOffset(records[0])
            try await consumer.commit([.init(topicPartition: partition, offset: 7)])
        }
        #expect(ownOffsets == 7)
    }

    @Test("After a seek back, the end of a consumer commits only what was done since")
    func endAfterSeek() async throws {
        let offset = try await committed { consumer, records, partition in
            for record in records { try consumer.storeOffset(record) }
            try await consumer.seek(topicPartitionOffsets: [.init(topicPartition: partition, offset: 0)])
            for record in try await consumer.take(3) { try await consumer.commit(record) }
        }
        #expect(offset == 3)
        let nothingDone = try await committed { consumer, records, partition in
            for record in records { try consumer.storeOffset(record) }
            try await consumer.seek(topicPartitionOffsets: [.init(topicPartition: partition, offset: 0)])
        }
        #expect(nothingDone == nil)
    }

    @Test("commit() sends an offset that is lower than the one before", arguments: [false, true])
    func commitAfterSeek(isManual: Bool) async throws {
        let offset = try await committed(isManual ? .manual : .storedOffsets(every: .seconds(60))) {
            consumer,
            records,
            partition in
            for record in records { try consumer.storeOffset(record) }
            try await consumer.commit()
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 10)
            try await consumer.seek(topicPartitionOffsets: [.init(topicPartition: partition, offset: 0)])
            for record in try await consumer.take(3) { try consumer.storeOffset(record) }
            try await consumer.commit()
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 3)
            try consumer.storeOffsets([.init(topicPartition: partition, offset: 2)])
            try await consumer.commit()
        }
        #expect(offset == 2)
    }

    @Test("commit() sends an offset that is lower than the one before an assignment", arguments: [false, true])
    func commitAfterAssignment(isManual: Bool) async throws {
        let offset = try await committed(isManual ? .manual : .storedOffsets(every: .seconds(60))) {
            consumer,
            records,
            partition in
            for record in records { try consumer.storeOffset(record) }
            try await consumer.commit()
            try await consumer.assign([.init(topicPartition: partition, offset: 0)])
            for record in try await consumer.take(3) { try consumer.storeOffset(record) }
            try await consumer.commit()
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 3)
        }
        #expect(offset == 3)
    }

    @Test("The first offset that the application stores may be lower than the one of the group")
    func firstIsLower() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<20), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        var configuration = try TestBroker.consumer(
            .partitions([.init(topicPartition: partition, offset: nil)], groupID: "group-\(topic)")
        )
        configuration.commitPolicy = .manual
        try await withKafkaConsumer(configuration) { consumer in
            _ = try await consumer.take(10)
            try await consumer.commit([.init(topicPartition: partition, offset: 10)])
        }
        try await withKafkaConsumer(configuration) { consumer in
            #expect(try await consumer.takeOne().offset == 10)
            try consumer.storeOffsets([.init(topicPartition: partition, offset: 3)])
            try await consumer.commit()
            #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 3)
        }
    }

    @Test("The periodic commit sends an offset that is lower than the one before")
    func periodicCommitAfterSeek() async throws {
        _ = try await committed(.storedOffsets(every: .milliseconds(100))) { consumer, records, partition in
            func committed() async throws -> KafkaOffset? {
                try await consumer.committed(topicPartitions: [partition]).first?.offset
            }
            for record in records { try consumer.storeOffset(record) }
            try await consumer.commit()
            try await consumer.seek(topicPartitionOffsets: [.init(topicPartition: partition, offset: 0)])
            for record in try await consumer.take(3) { try consumer.storeOffset(record) }
            // No event tells of a commit that librdkafka sends by itself.
            while try await committed() != 3 { try await Task.sleep(for: .milliseconds(10)) }
            for record in try await consumer.take(3) { try consumer.storeOffset(record) }
            while try await committed() != 6 { try await Task.sleep(for: .milliseconds(10)) }
        }
    }
}
