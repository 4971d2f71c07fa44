import ContextPropagation
import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// Troubles that a parallel consumer must survive, on a whole consumer.
@Suite("A parallel consumer in trouble", .timeLimit(.minutes(10)))
struct ParallelScenarioTests {
    struct Failed: Error {}

    static func produce(
        _ keys: some Sequence<String?>,
        to topic: String,
        partition: KafkaPartition? = nil,
        size: Int = 1,
        through configuration: KafkaProducerConfiguration? = nil
    ) async throws {
        try await withKafkaProducer(try configuration ?? TestBroker.orderedProducer()) { producer in
            let value = String(repeating: "v", count: size)
            for key in keys {
                try producer.enqueue(KafkaMessage(topic: topic, key: key, value: value, partition: partition))
            }
        }
    }

    static func configuration(_ topic: String) throws -> KafkaConsumerConfiguration {
        try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
    }

    /// The offsets of the group. It does not join the group, so that no partition moves.
    static func committed(_ topic: String, partitions: Int = 1) async throws -> [Int?] {
        let places = (0..<partitions).map { KafkaTopicPartition(topic: topic, partition: .init(rawValue: $0)) }
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions([], groupID: "group-\(topic)")
        return try await withKafkaConsumer(TestBroker.consumer(strategy)) { consumer in
            try await consumer.committed(topicPartitions: places).map { $0.offset?.rawValue }
        }
    }

    @Test("A partition begins where the application says, whatever its group has finished")
    func namedStart() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce((0..<10).map { "key \($0)" }, to: topic)
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .retry(after: .seconds(3600)) }
        let finished = Locked(0)
        let first = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 8, options: options) { record in
            if record.offset.rawValue < 5 { throw CancellationError() }
            finished.change { $0 += 1 }
        }
        await until { finished.value == 5 }
        await first.shutdown()
        #expect(try await Self.committed(topic) == [0])

        let start = KafkaTopicPartitionOffset(topic: topic, partition: 0, offset: 3)
        let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.partitions([start], groupID: "group-\(topic)")
        let handled = Locked<[Int]>([])
        let second = try ParallelConsumer(TestBroker.consumer(strategy), ordering: .partition, maxConcurrency: 8) {
            handled.append($0.offset.rawValue)
        }
        await until { handled.value.count == 7 }
        await second.shutdown()
        #expect(handled.value == Array(3..<10))
    }

    @Test("A handler that outlives a revoke: its key waits for it, its result is dropped, and the new owner repeats it")
    func lateHandler() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        for partition in 0..<2 {
            try await Self.produce(
                (0..<5).map { _ in "key \(partition)" },
                to: topic,
                partition: KafkaPartition(rawValue: partition)
            )
        }
        var options = ParallelConsumer.Options()
        options.revokeTimeout = .milliseconds(100)
        options.commitInterval = .milliseconds(50)
        let (gate, secondGate) = (Gate(), Gate())
        let running = Locked<[Int: Int]>([:])
        let overlaps = Locked(0)
        let (handled, handledBySecond) = (Locked<[[Int]]>([]), Locked<[[Int]]>([]))
        let first = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 8, options: options) { record in
            let partition = record.partition.rawValue
            let isOverlap = running.change { running in
                running[partition, default: 0] += 1
                return running[partition] != 1
            }
            if isOverlap { overlaps.change { $0 += 1 } }
            if record.offset.rawValue == 0 { await gate.pass() }
            running.change { $0[partition, default: 0] -= 1 }
            handled.append([partition, record.offset.rawValue])
        }
        await gate.arrivals(2)
        let second = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 8, options: options) { record in
            if record.offset.rawValue == 0 { await secondGate.pass() }
            handledBySecond.append([record.partition.rawValue, record.offset.rawValue])
        }
        await secondGate.arrivals(1)
        await until { first.assignment.count == 1 && second.assignment.count == 1 }
        let taken = try #require(second.assignment.first).partition.rawValue
        let kept = 1 - taken
        await until { first.engine.state.withLock { $0.parallel.held } > 0 }
        #expect(handled.value.isEmpty && running.value == [0: 1, 1: 1])
        gate.open()
        await until { handled.value.count { $0[0] == kept } == 6 }
        await until { first.engine.state.withLock { $0.parallel.counts.late } == 2 }
        await first.shutdown()
        #expect(overlaps.value == 0)
        #expect(handled.value.filter { $0[0] == taken } == [[taken, 0]])
        #expect(handledBySecond.value.isEmpty)
        let offsets = try await Self.committed(topic, partitions: 2)
        #expect(offsets[kept] == 5 && offsets[taken] ?? 0 == 0)
        secondGate.open()
        await until { Set(handledBySecond.value).isSuperset(of: (0..<5).map { [taken, $0] }) }
        // A broker refuses commits while the group rebalances; they are repeated afterwards.
        while try await Self.committed(topic, partitions: 2) != [5, 5] { try await Task.sleep(for: .milliseconds(20)) }
        await second.shutdown()
        #expect(handledBySecond.value.allSatisfy { $0[0] == taken })
    }

    @Test("A handler that ends within the revoke timeout counts: its record is committed, and no owner repeats it")
    func handlerWithinRevoke() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        for partition in 0..<2 {
            try await Self.produce(["\(partition)"], to: topic, partition: KafkaPartition(rawValue: partition))
        }
        var options = ParallelConsumer.Options()
        options.revokeTimeout = .seconds(30)
        options.commitInterval = .seconds(3600)
        options.commitCount = 1000
        let gate = Gate()
        let (handled, handledBySecond) = (Locked<[Int]>([]), Locked<[Int]>([]))
        let first = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 8, options: options) { record in
            await gate.pass()
            handled.append(record.partition.rawValue)
        }
        await gate.arrivals(2)
        let second = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 8, options: options) { record in
            handledBySecond.append(record.partition.rawValue)
        }
        // A thread of its own looks, because the embedded broker ends the first member's session after some seconds.
        // The tasks of a busy machine may come later.
        let isTakenEarly = Locked<Bool?>(nil)
        let hasEnded = Locked(false)
        defer { hasEnded.change { $0 = true } }
        Thread.detachNewThread {
            // The revoke has begun, and waits for the handlers of the partition.
            func isRevoking() -> Bool {
                first.engine.state.withLock { $0.parallel.partitionViews.contains { $0.phase == .revoking } }
            }
            while !hasEnded.value, !isRevoking() { usleep(1000) }
            isTakenEarly.change { $0 = !second.assignment.isEmpty }
            gate.open()
        }
        await until { isTakenEarly.value != nil }
        #expect(isTakenEarly.value == false)
        await until { first.assignment.count == 1 && second.assignment.count == 1 }
        let taken = try #require(second.assignment.first).partition.rawValue
        #expect(first.engine.state.withLock { $0.parallel.counts.late } == 0)
        #expect(Set(handled.value) == [0, 1])
        // The embedded broker refuses every commit while the group rebalances.
        if TestBroker.isReal { #expect(try await Self.committed(topic, partitions: 2)[taken] == 1) }
        // The next record comes after every repeated one.
        try await Self.produce(["b"], to: topic, partition: KafkaPartition(rawValue: taken))
        await until { !handledBySecond.value.isEmpty }
        await first.shutdown()
        await second.shutdown()
        if TestBroker.isReal {
            #expect(handledBySecond.value == [taken])
            #expect(handled.value.count == 2)
        }
    }

    @Test("A poison pill at the head: other keys go on, and a restart repeats the poison pill alone")
    func poisonPill() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce((0..<500).map { "\($0)" }, to: topic)
        var options = ParallelConsumer.Options()
        options.commitInterval = .milliseconds(50)
        options.retry = ParallelConsumer.RetryPolicy { _ in .retry(after: .seconds(3600)) }
        let handled = Locked<[Int]>([])
        let first = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 8, options: options) { record in
            if record.offset == 0 { throw Failed() }
            handled.append(record.offset.rawValue)
        }
        await until { handled.value.count == 499 }
        await first.shutdown()
        #expect(try await Self.committed(topic) == [0])
        let repeated = Locked<[Int]>([])
        let second = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 8, options: options) { record in
            repeated.append(record.offset.rawValue)
        }
        await until { second.engine.state.withLock { $0.parallel.counts.skippedAsFinished } == 499 }
        await until { !repeated.value.isEmpty }
        await second.shutdown()
        #expect(repeated.value == [0])
        #expect(try await Self.committed(topic) == [500])
    }

    @Test("A handler slower than max.poll.interval.ms keeps its partition, and its record is not repeated")
    func slowerThanPollInterval() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["slow", "quick"], to: topic)
        var configuration = try Self.configuration(topic)
        configuration.sessionTimeout = .seconds(6)
        configuration.properties["max.poll.interval.ms"] = "6000"
        let handled = Locked<[Int]>([])
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8) { record in
            // The time itself is tested.
            if record.offset == 0 { try await Task.sleep(for: .seconds(8)) }
            handled.append(record.offset.rawValue)
        }
        await until { handled.value.count == 2 }
        #expect(consumer.assignment.count == 1)
        await consumer.shutdown()
        #expect(handled.value == [1, 0])
        #expect(consumer.engine.state.withLock { $0.parallel.counts.late } == 0)
        #expect(try await Self.committed(topic) == [2])
    }

    @Test("A blocked key with a backlog: the buffers stay within their bounds, and another partition goes on")
    func blockedKey() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        try await Self.produce((0..<3000).map { _ in "blocked" }, to: topic, partition: 0, size: 1000)
        try await Self.produce((0..<3000).map { "\($0)" }, to: topic, partition: 1, size: 1000)
        var options = ParallelConsumer.Options()
        options.maximumRecords = 200
        options.maximumBytes = 100_000
        let gate = Gate()
        let others = Locked(0)
        let most = Locked((records: 0, bytes: 0))
        let engine = Locked<ParallelEngine?>(nil)
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 8, options: options) { record in
            if record.partition == 0 { return await gate.pass() }
            others.change { $0 += 1 }
            guard let (records, bytes) = engine.value?.state.withLock({ ($0.parallel.held, $0.parallel.heldBytes) })
            else { return }
            most.change { $0 = (max($0.records, records), max($0.bytes, bytes)) }
        }
        engine.change { $0 = consumer.engine }
        await until { others.value == 3000 }
        gate.open()
        await until { consumer.engine.state.withLock { $0.parallel.counts.processed } == 6000 }
        engine.change { $0 = nil }
        await consumer.shutdown()
        // The first records' size is a guess, and each partition may exceed the bound by one record.
        #expect(most.value.records <= 202 && most.value.bytes <= 110_000, "\(most.value)")
        #expect(try await Self.committed(topic, partitions: 2) == [3000, 3000])
    }

    @Test("A key that always fails holds up no other key among thousands, and no flood of records without a key")
    func failingKey() async throws {
        let topic = try await TestBroker.topic()
        let keys = (0..<6000).map { $0 % 100 == 0 ? "bad" : $0 % 2 == 0 ? nil : "\($0)" }
        try await Self.produce(keys, to: topic)
        var options = ParallelConsumer.Options()
        options.retry = .backoff(RetryBackoff(initial: .milliseconds(1), maximum: .milliseconds(5)))
        let handled = Locked<[Int]>([])
        let failures = Locked<Set<Int>>([])
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 16, options: options) { record in
            if record.keyText == "bad" {
                failures.change { _ = $0.insert(record.offset.rawValue) }
                throw Failed()
            }
            handled.append(record.offset.rawValue)
        }
        await until { handled.value.count >= 5940 }
        await consumer.shutdown()
        #expect(handled.value.count == 5940 && Set(handled.value).count == 5940)
        #expect(failures.value == [0])
        #expect(try await Self.committed(topic) == [0])
    }
}
