import TestSupport
import Testing

@testable import KafkaPropagation

/// librdkafka gives such a consumer a group ID nevertheless. Unrelated programs have the same one.
@Suite("Consumers without a group", .timeLimit(.minutes(10)))
struct NoGroupTests {
    private func texts(_ range: Range<Int>) -> [String] { range.map(String.init) }

    private func expectRefused(_ call: String, _ body: () async throws -> Void) async {
        let error = await #expect(throws: KafkaError.self, "\(call)") { try await body() }
        #expect(error?.code == .configuration && error?.subject == "consumptionStrategy", "\(call)")
    }

    /// A topic with 10 records of which 7 are committed under the group ID of the consumers without a group.
    private func topicWithCommit() async throws -> KafkaTopicPartition {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<10), to: topic)
        let place = KafkaTopicPartitionOffset(topic: topic, partition: 0, offset: 7)
        try await withKafkaConsumer(TestBroker.consumer(.partitions([place], groupID: "no-group"))) { consumer in
            try await consumer.commit([place])
            #expect(try await consumer.committed(topicPartitions: [place.topicPartition]) == [place])
        }
        return place.topicPartition
    }

    @Test("Every call that needs a group is refused, changes nothing, and tells what to do")
    func calls() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<10), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        let offsets = [KafkaTopicPartitionOffset(topicPartition: partition, offset: 7)]
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            var iterator = consumer.batches.makeAsyncIterator()
            let batch = try #require(await iterator.next())
            let record = try #require(batch.first)
            // One loop serves consumers with and without a group.
            try consumer.storeOffset(record)
            try consumer.storeOffsets(batch)
            await expectRefused("storeOffsets(offsets)") { try consumer.storeOffsets(offsets) }
            await expectRefused("commit(record)") { try await consumer.commit(record) }
            await expectRefused("commit(batch)") { try await consumer.commit(batch) }
            await expectRefused("commit(offsets)") { try await consumer.commit(offsets) }
            await expectRefused("commit()") { try await consumer.commit() }
            await expectRefused("commitStoredOffsets()") { try await consumer.commitStoredOffsets() }
            await expectRefused("committed") { _ = try await consumer.committed(topicPartitions: [partition]) }
            await expectRefused("subscribe") { try await consumer.subscribe(topics: [topic]) }
            #expect(try consumer.assignment == [partition] && consumer.subscribedTopics().isEmpty)
            try await consumer.seek(topicPartitionOffsets: offsets)
            while let batch = try await iterator.next() {
                if batch.last?.offset == 9 { break }
            }
            await consumer.shutdown()
            let error = #expect(throws: KafkaError.self) { try consumer.storeOffsets(offsets) }
            #expect(error?.code == .shutdown)
        }
        let other = try TestBroker.consumer(.partitions([], groupID: "no-group"))
        let committed = try await withKafkaConsumer(other) { try await $0.committed(topicPartitions: [partition]) }
        #expect(committed.map(\.offset) == [nil])
    }

    @Test(
        "Without an offset it begins at the first record, whatever others have committed",
        arguments: [nil, KafkaOffset.storedOffset]
    )
    func start(offset: KafkaOffset?) async throws {
        let partition = try await topicWithCommit()
        let place = KafkaTopicPartitionOffset(topicPartition: partition, offset: offset)
        try await withKafkaConsumer(TestBroker.consumer(.partitions([place]))) { consumer in
            try await consumer.core.consumer.perform { assignment, client throws(KafkaError) in
                try assignment.restartUnbegun(.all, client)
            }
            #expect(try await consumer.takeOne().offset == 0)
            try await consumer.assign([place])
            #expect(try await consumer.takeOne().offset == 0)
        }
        let first = Locked<[Int]>()
        let configuration = try TestBroker.consumer(.partitions([place]))
        let parallel = try ParallelConsumer(configuration, ordering: .partition, maxConcurrency: 1) {
            first.append($0.offset.rawValue)
        }
        await until { !first.value.isEmpty }
        await parallel.shutdown()
        #expect(first.value.first == 0)
    }

    @Test("A group by its property is a group")
    func property() async throws {
        let partition = try await topicWithCommit()
        let place = KafkaTopicPartitionOffset(topicPartition: partition, offset: 3)
        var configuration = try TestBroker.consumer(.partitions([place]))
        configuration.connection.properties["group.id"] = "another"
        configuration.properties["group.id"] = "group-\(partition.topic)"
        try await withKafkaConsumer(configuration) { consumer in
            try await consumer.commit(try await consumer.takeOne())
            #expect(try await consumer.committed(topicPartitions: [partition]).map(\.offset) == [4])
        }
        configuration.consumptionStrategy = .partitions([.init(topicPartition: partition, offset: nil)])
        let next = try await withKafkaConsumer(configuration) { try await $0.takeOne() }
        #expect(next.offset == 4)
    }

    @Test(
        "The offset reset decides where it begins, under each of its names",
        arguments: [
            (nil, .end), ("latest", .end), ("largest", .end), ("end", .end), ("earliest", .beginning),
            ("smallest", .beginning), ("beginning", .beginning), ("error", nil),
        ] as [(String?, KafkaOffset?)]
    )
    func reset(value: String?, expected: KafkaOffset?) throws {
        var places: [KafkaTopicPartitionOffset] = [
            KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: nil),
            KafkaTopicPartitionOffset(topic: "frames", partition: 1, offset: 5),
            KafkaTopicPartitionOffset(topic: "frames", partition: 2, offset: .tail(3)),
            KafkaTopicPartitionOffset(topic: "frames", partition: 3, offset: .storedOffset),
        ]
        let connection = KafkaConfiguration(bootstrapServers: ["localhost:9092"])
        var configuration = KafkaConsumerConfiguration(connection, .partitions(places))
        // The property overrides it.
        if value != nil { configuration.autoOffsetReset = value == "latest" ? .earliest : .latest }
        configuration.properties["auto.offset.reset"] = value
        func complete() throws -> [KafkaTopicPartitionOffset] {
            let native = try NativeConfiguration(configuration.checkedProperties)
            return try StartingOffsets(configuration, native).complete(places)
        }
        if let expected {
            #expect(try complete().map(\.offset) == [expected, 5, .tail(3), expected])
            try configuration.validate()
        } else {
            for call in [{ try configuration.validate() }, { _ = try complete() }] {
                let error = #expect(throws: KafkaError.self) { try call() }
                #expect(error?.code == .configuration && error?.subject == places[0].topicPartition.description)
            }
        }
        configuration.consumptionStrategy = .partitions(places, groupID: "g")
        #expect(try complete().map(\.offset) == [.storedOffset, 5, .tail(3), .storedOffset])
        try configuration.validate()
        places = []
        #expect(try complete().isEmpty)
    }

    @Test("Without an offset and a reset it is not made, and refuses such partitions later")
    func noReset() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        try await send(texts(0..<10), to: topic)
        var places = [
            KafkaTopicPartitionOffset(topic: topic, partition: 0, offset: nil),
            KafkaTopicPartitionOffset(topic: topic, partition: 1, offset: 0),
        ]
        var configuration = try TestBroker.consumer(.partitions(places))
        configuration.autoOffsetReset = .error
        let refused = #expect(throws: KafkaError.self) { try KafkaConsumer(configuration) }
        #expect(refused?.code == .configuration)
        places[0].offset = 0
        configuration.consumptionStrategy = .partitions(places)
        try await withKafkaConsumer(configuration) { consumer in
            let first = try await consumer.take(5)
            #expect(first.map(\.text) == texts(0..<5))
            let stored = KafkaTopicPartitionOffset(topic: topic, partition: 0, offset: .storedOffset)
            let error = await #expect(throws: KafkaError.self) { try await consumer.assign([places[1], stored]) }
            #expect(error?.code == .configuration && error?.subject == stored.topicPartition.description)
            #expect(try consumer.assignment == places.map(\.topicPartition))
            #expect(try await consumer.take(5).map(\.text) == texts(5..<10))
        }
    }
}
