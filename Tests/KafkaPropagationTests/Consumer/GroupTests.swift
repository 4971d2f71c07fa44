import ContextPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import CMALoggerRDKafka
@testable import KafkaPropagation

/// Members that join and leave a group, and a group that cannot be reached.
@Suite("Consumer groups", .timeLimit(.minutes(10)))
struct GroupTests {
    private func texts(_ range: Range<Int>) -> [String] { range.map(String.init) }

    /// Returns the next event of this kind.
    nonisolated(nonsending)
        private func next(
            _ kind: KafkaConsumerRebalance.Kind,
            _ events: inout KafkaConsumerEvents.AsyncIterator
        ) async throws -> KafkaConsumerRebalance
    {
        while let event = await events.next() {
            if case .rebalance(let rebalance) = event, rebalance.kind == kind { return rebalance }
        }
        throw KafkaError.consumerShutDown
    }

    @Test(
        "A second member takes over a partition: records that were read ahead are dropped, and each record reaches one member"
    )
    func secondMember() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        for partition in [0, 1] {
            try await send(
                texts(100 * partition..<100 * partition + 100),
                to: topic,
                partition: .init(rawValue: partition)
            )
        }
        let configuration = try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
        try await withKafkaConsumer(configuration) { first in
            var events = first.events.makeAsyncIterator()
            #expect(try await next(.assign, &events).partitions.count == 2)
            var seen: [String] = []
            for record in try await first.take(10) {
                seen.append(record.text ?? "")
                try await first.commit(record)
            }
            await until { first.statistics.buffered >= 190 }

            try await withKafkaConsumer(configuration) { second in
                var eventsOfSecond = second.events.makeAsyncIterator()
                let revoked = try await next(.revoke, &events)
                #expect(revoked.partitions.count == 2 && !revoked.isLost)
                #expect(first.statistics.revokedRecords == 190)
                let kept = try await next(.assign, &events).partitions
                let taken = try await next(.assign, &eventsOfSecond).partitions
                #expect(kept.count == 1 && taken.count == 1 && kept != taken)
                await until { (try? first.assignment) == kept && (try? second.assignment) == taken }
                #expect(!first.isAssignmentLost)

                for (consumer, partitions) in [(first, kept), (second, taken)] {
                    let begun = seen.filter { ($0.count == 3) == (partitions[0].partition == 1) }.count
                    let records = try await consumer.take(100 - begun)
                    for record in records.dropLast() { try consumer.storeOffset(record) }
                    #expect(records.allSatisfy { $0.topicPartition == partitions[0] })
                    seen += records.compactMap(\.text)
                    try await consumer.commit(try #require(records.last))
                }
            }
            #expect(seen.compactMap { Int($0) }.sorted() == Array(0..<200))
        }
    }

    /// Runs `body` with a cluster that has records in one topic with two partitions and in one with one.
    private func withTwoTopics(_ body: (EmbeddedKafka, KafkaTopicPartitionOffset) async throws -> Void) async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 2, "other": 1])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for number in 0..<20 {
                let partition = KafkaPartition(rawValue: number % 2)
                try await producer.send(KafkaMessage(topic: "frames", value: "\(number)", partition: partition))
                try await producer.send(KafkaMessage(topic: "other", value: "\(number)"))
            }
        }
        try await body(kafka, KafkaTopicPartitionOffset(topic: "other", partition: 0, offset: 0))
    }

    @Test("A rebalance ends an assignment by name of an eager consumer", .enabled(if: !TestBroker.isReal))
    func rebalanceAfterAssignment() async throws {
        try await withTwoTopics { kafka, other in
            let configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
            try await withKafkaConsumer(configuration) { first in
                var events = first.events.makeAsyncIterator()
                #expect(try await next(.assign, &events).partitions.count == 2)
                try await first.assign([other])
                #expect(try await first.takeOne().topicPartition == other.topicPartition)
                try await withKafkaConsumer(configuration) { second in
                    #expect(try await next(.revoke, &events).partitions == [other.topicPartition])
                    let kept = try await next(.assign, &events).partitions
                    #expect(kept.count == 1 && kept.first?.topic == "frames")
                    #expect(try first.assignment == kept)
                    await until { (try? second.assignment.count) == 1 }
                }
            }
        }
    }

    @Test("The first assignment of the group replaces one by name", .enabled(if: !TestBroker.isReal))
    func assignmentBeforeJoin() async throws {
        try await withTwoTopics { kafka, other in
            let configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
            // The group has no coordinator until the faults are cleared.
            kafka.fail(.findCoordinator, with: Array(repeating: .coordinatorNotAvailable, count: 1000))
            try await withKafkaConsumer(configuration) { consumer in
                var events = consumer.events.makeAsyncIterator()
                try await consumer.assign([other])
                #expect(try await consumer.takeOne().topicPartition == other.topicPartition)
                kafka.clearFaults(of: .findCoordinator)
                let assigned = try await next(.assign, &events).partitions
                #expect(assigned.count == 2)
                #expect(try consumer.assignment == assigned)
            }
        }
    }

    @Test(
        "A member of a cooperative group refuses an assignment by name, and continues",
        .enabled(
            if: !TestBroker.isReal && rd_kafka_version() >= 0x0203_0000,
            "a cooperative strategy is refused with librdkafka before 2.3.0"
        )
    )
    func cooperativeAssignment() async throws {
        try await withTwoTopics { kafka, other in
            var configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
            configuration.properties["partition.assignment.strategy"] = "cooperative-sticky"
            try await withKafkaConsumer(configuration) { consumer in
                // Also before the first join.
                let early = await #expect(throws: KafkaError.self) { try await consumer.assign([other]) }
                #expect(early?.code == .configuration)
                var seen = Set(try await consumer.take(5).map(\.text))
                let assigned = try consumer.assignment
                let error = await #expect(throws: KafkaError.self) { try await consumer.assign([other]) }
                #expect(error?.code == .configuration && error?.subject == "partition.assignment.strategy")
                #expect(try consumer.assignment == assigned)
                seen.formUnion(try await consumer.take(15).map(\.text))
                #expect(seen.count == 20)
                try await consumer.unsubscribe()
                await until { (try? consumer.assignment) == [] }
                try await consumer.assign([other])
                #expect(try await consumer.takeOne().topicPartition == other.topicPartition)
                try await consumer.assign([other])
                #expect(try await consumer.takeOne().topicPartitionOffset == other)
                try await consumer.subscribe(topics: ["frames"])
                await until { (try? consumer.assignment) == assigned }
            }
        }
    }

    @Test(
        "A member that cannot reach its group loses its partitions and gets an event, and its records are read again",
        .enabled(if: !TestBroker.isReal)
    )
    func lostAssignment() async throws {
        let kafka = try EmbeddedKafka(brokers: 1)
        try kafka.createTopic("frames")
        try await withKafkaProducer(kafka.producerConfiguration) {
            try await $0.send(KafkaMessage(topic: "frames", value: "x"))
        }
        try await withKafkaConsumer(kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))) {
            consumer in
            var events = consumer.events.makeAsyncIterator()
            _ = try await next(.assign, &events)
            let record = try await consumer.takeOne()
            try kafka.setBrokerDown(1)
            #expect(try await next(.revoke, &events).isLost)
            try kafka.setBrokerUp(1)
            _ = try await next(.assign, &events)
            // The record was not committed, so it is read again.
            #expect(try await consumer.takeOne().offset == record.offset)
        }
    }

    @Test(
        "A partition starts even if its committed offset could not be read, and another one continues",
        .enabled(if: !TestBroker.isReal),
        arguments: [true, false],
        [
            Array(repeating: EmbeddedKafka.Fault.notCoordinator, count: 3), [.topicAuthorizationFailed],
            // Kafka's code for an unexpected error in the broker.
            [.init(rawValue: -1)],
        ]
    )
    func committedOffsetsNotToBeHad(inGroup: Bool, faults: [EmbeddedKafka.Fault]) async throws {
        let kafka = try EmbeddedKafka(brokers: 1)
        try kafka.createTopic("frames", partitions: 2)
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for number in 0..<20 {
                let partition = KafkaPartition(rawValue: number % 2)
                try await producer.send(KafkaMessage(topic: "frames", value: "\(number)", partition: partition))
            }
        }
        let partitions = (0..<2).map { KafkaTopicPartition(topic: "frames", partition: .init(rawValue: $0)) }
        let strategy: KafkaConsumerConfiguration.ConsumptionStrategy =
            inGroup
            ? .group(id: "detectors", topics: ["frames"])
            : .partitions(
                [
                    KafkaTopicPartitionOffset(topicPartition: partitions[0], offset: .storedOffset),
                    KafkaTopicPartitionOffset(topicPartition: partitions[1], offset: 3),
                ],
                groupID: "detectors"
            )
        kafka.fail(.offsetFetch, with: faults)
        try await withKafkaConsumer(kafka.consumerConfiguration(strategy)) { consumer in
            let records = try await consumer.take(inGroup ? 20 : 17)
            let numbers = records.compactMap { $0.text.flatMap { Int($0) } }.sorted()
            #expect(numbers == (inGroup ? Array(0..<20) : (0..<20).filter { $0 % 2 == 0 || $0 >= 7 }))
        }
    }

    @Test(
        "A restart does not affect a partition that has started, or that only has no record yet",
        arguments: [true, false],
        [0, 10]
    )
    func restartsDoNoHarm(inGroup: Bool, records: Int) async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        try await send(texts(0..<records), to: topic)
        let partitions = (0..<2).map {
            KafkaTopicPartitionOffset(topic: topic, partition: .init(rawValue: $0), offset: .storedOffset)
        }
        let group = "group-\(topic)"
        let configuration = try TestBroker.consumer(
            inGroup ? .group(id: group, topics: [topic]) : .partitions(partitions, groupID: group)
        )
        try await withKafkaConsumer(configuration) { consumer in
            await until { (try? consumer.assignment.isEmpty) == false }
            #expect(try await consumer.take(records).map(\.text) == texts(0..<records))
            for _ in 0..<3 {
                try await consumer.core.consumer.perform { assignment, client throws(KafkaError) in
                    try assignment.restartUnbegun(.all, client)
                }
            }
            try await send(["new"], to: topic)
            try await send(["first"], to: topic, partition: 1)
            #expect(Set(try await consumer.take(2).map(\.text)) == ["new", "first"])
        }
    }

    @Test("A consumer of named partitions that subscribes gives them up, and reads those that its group gives it")
    func fromNamedPartitions() async throws {
        let (named, subscribed) = (try await TestBroker.topic(), try await TestBroker.topic())
        try await send(texts(0..<100), to: named)
        try await send(texts(100..<120), to: subscribed)
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions(
            [KafkaTopicPartitionOffset(topic: named, partition: 0, offset: 0)],
            groupID: "group-\(named)"
        )
        try await withKafkaConsumer(TestBroker.consumer(strategy)) { consumer in
            #expect(try await consumer.take(10).map(\.text) == texts(0..<10))
            try await consumer.subscribe(topics: [subscribed])
            #expect(try await consumer.take(20).map(\.text) == texts(100..<120))
            #expect(try consumer.assignment == [KafkaTopicPartition(topic: subscribed, partition: 0)])
        }
    }

    @Test("A consumer of named partitions that unsubscribes gives them up, and can be assigned others")
    func unsubscribeFromNamedPartitions() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<100), to: topic)
        let place = KafkaTopicPartition(topic: topic, partition: 0)
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions(
            [KafkaTopicPartitionOffset(topicPartition: place, offset: 0)]
        )
        try await withKafkaConsumer(TestBroker.consumer(strategy)) { consumer in
            #expect(try await consumer.take(10).map(\.text) == texts(0..<10))
            try await consumer.unsubscribe()
            #expect(try consumer.assignment.isEmpty && consumer.statistics.buffered == 0)
            try await consumer.assign([KafkaTopicPartitionOffset(topicPartition: place, offset: 50)])
            #expect(try await consumer.take(50).map(\.text) == texts(50..<100))
        }
    }

    @Test("A shutdown ends within its timeout when the broker is gone", .enabled(if: !TestBroker.isReal))
    func shutdownWithoutBroker() async throws {
        let kafka = try EmbeddedKafka(brokers: 1)
        try kafka.createTopic("frames")
        var configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
        configuration.shutdownTimeout = .milliseconds(500)
        let consumer = try KafkaConsumer(configuration)
        var events = consumer.events.makeAsyncIterator()
        _ = try await next(.assign, &events)
        try kafka.setBrokerDown(1)
        // Other tests may hold the threads of Swift's pool for many seconds.
        let time = await ThreadPoolExecutor(threads: 1).run {
            await ContinuousClock().measure { await consumer.shutdown() }
        }
        #expect(consumer.core.consumer.isEnded)
        #expect(time < .seconds(25))
        await #expect(throws: KafkaError.self) { try await consumer.commitStoredOffsets() }
    }
}
