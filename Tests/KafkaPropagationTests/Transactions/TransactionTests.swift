import ContextPropagation
import Synchronization
import TestSupport
import Testing

@testable import KafkaPropagation

/// Transactions that are real. The embedded cluster only pretends: it shows aborted messages and stores no offsets.
@Suite(
    "Transactions",
    .timeLimit(.minutes(10)),
    .enabled(if: TestBroker.isReal, "KAFKA_BOOTSTRAP_SERVERS is not set; the embedded cluster's transactions are fake")
)
struct TransactionTests {
    private func producer(_ id: String) throws -> KafkaProducerConfiguration {
        var configuration = try TestBroker.producer()
        configuration.transactionalID = id
        configuration.shutdownTimeout = .seconds(5)
        return configuration
    }

    private func group(_ topic: String, _ id: String) throws -> KafkaConsumerConfiguration {
        var configuration = try TestBroker.consumer(.group(id: id, topics: [topic]))
        configuration.commitPolicy = .manual
        return configuration
    }

    /// The committed records of a topic's first partitions, in order.
    private func committed(_ topic: String, partitions: Int = 1) async throws -> [[String]] {
        try await read(topic, partitions: partitions, .readCommitted)
    }

    private func read(
        _ topic: String,
        partitions: Int,
        _ level: KafkaConsumerConfiguration.IsolationLevel
    ) async throws -> [[String]] {
        var configuration = try TestBroker.consumer(.all(topic, partitions: partitions))
        configuration.isolationLevel = level
        // The end is found by a message outside every transaction.
        for partition in 0..<partitions {
            try await send(["end"], to: topic, partition: KafkaPartition(rawValue: partition))
        }
        var texts = Array(repeating: [String](), count: partitions)
        var open = partitions
        try await withKafkaConsumer(configuration) { consumer in
            for try await record in consumer {
                if record.text == "end" {
                    open -= 1
                    if open == 0 { break }
                } else {
                    texts[record.partition.rawValue].append(record.text ?? "")
                }
            }
        }
        return texts
    }

    private struct Refusal: Error {}

    @Test("A committed transaction is seen as a whole, an aborted one not at all, and messages carry their contexts")
    func commitAndAbort() async throws {
        let topic = try await TestBroker.topic()
        let context = LogContext.newTrace()
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            let place = try await withLogContext(context) {
                try await producer.withTransaction { transaction in
                    try transaction.enqueue(KafkaMessage(topic: topic, value: "a"))
                    return try await transaction.send(KafkaMessage(topic: topic, value: "b"))
                }
            }
            #expect(place.offset == 1)
            #expect(try await producer.transactionOutcome() == .committed)
            await #expect(throws: Refusal.self) {
                try await producer.withTransaction { transaction in
                    try await transaction.send(KafkaMessage(topic: topic, value: "aborted"))
                    try transaction.enqueue(KafkaMessage(topic: topic, value: "aborted, too"))
                    throw Refusal()
                }
            }
            #expect(try await producer.transactionOutcome() == .aborted)
            try await producer.withTransaction { try await $0.send(KafkaMessage(topic: topic, value: "c")) }
            // One without a message.
            try await producer.withTransaction { _ in }
        }
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            let records = try await consumer.take(3)
            #expect(records.map(\.text) == ["a", "b", "c"])
            #expect(records.prefix(2).allSatisfy { $0.context.traceID == context.traceID })
        }
        #expect(try await read(topic, partitions: 1, .readUncommitted)[0].contains("aborted"))
    }

    @Test("An offset that was stored before a transaction does not take its offsets back", arguments: [false, true])
    func storedBefore(isOwnOffset: Bool) async throws {
        let topic = try await TestBroker.topic()
        try await send((0..<20).map(String.init), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            try await withKafkaConsumer(group(topic, "group-\(topic)")) { consumer in
                func committed() async throws -> KafkaOffset? {
                    try await consumer.committed(topicPartitions: [partition]).first?.offset
                }
                let records = try await consumer.take(11)
                for record in records[..<3] { try consumer.storeOffset(record) }
                if isOwnOffset {
                    try await producer.withTransaction { transaction in
                        try await transaction.sendOffsets([partition.at(10)], from: consumer)
                    }
                } else {
                    try await producer.withTransaction(consuming: records[3..<10], from: consumer) { _ in }
                }
                #expect(try await committed() == 10)
                try await consumer.commit()
                #expect(try await committed() == 10)
                try consumer.storeOffset(records[5])
                try await consumer.commit()
                try await consumer.commit(records[5])
                #expect(try await committed() == 10)
                try consumer.storeOffset(records[10])
                try await consumer.commit()
                #expect(try await committed() == 11)
            }
        }
    }

    @Test("A transaction that is aborted leaves the stored offsets as they are")
    func storedBeforeAbort() async throws {
        let topic = try await TestBroker.topic()
        try await send((0..<20).map(String.init), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            try await withKafkaConsumer(group(topic, "group-\(topic)")) { consumer in
                for record in try await consumer.take(3) { try consumer.storeOffset(record) }
                await #expect(throws: Refusal.self) {
                    try await producer.withTransaction { transaction in
                        try await transaction.sendOffsets([partition.at(10)], from: consumer)
                        throw Refusal()
                    }
                }
                try await consumer.commit()
                #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 3)
            }
        }
    }

    @Test(
        "A message that is not delivered makes the commit fail with its reason, and nothing of the transaction is seen"
    )
    func undelivered() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            let reports = Locked<[KafkaError.Code?]>([])
            let error = await #expect(throws: KafkaError.self) {
                try await producer.withTransaction { transaction in
                    try await transaction.send(KafkaMessage(topic: topic, value: "fine"))
                    // The partition does not exist. librdkafka knows it by now, or by the report.
                    for partition in [0, 7] {
                        try transaction.enqueue(
                            KafkaMessage(topic: topic, value: "x", partition: KafkaPartition(rawValue: partition))
                        ) { report in reports.append(report.error?.code) }
                    }
                }
            }
            #expect(error?.transactionOutcome == .aborted && error?.isFatal == false, "\(String(describing: error))")
            // The body catches the error of a send: the commit fails all the same.
            let caught = await #expect(throws: KafkaError.self) {
                try await producer.withTransaction { transaction in
                    _ = try? await transaction.send(
                        KafkaMessage(topic: "\(topic)-\u{20}bad name", value: "x")
                    )
                }
            }
            #expect(caught?.transactionOutcome == .aborted, "\(String(describing: caught))")
            try await producer.withTransaction { try await $0.send(KafkaMessage(topic: topic, value: "next")) }
        }
        #expect(try await committed(topic) == [["next"]])
    }

    @Test("Messages that an abort takes back have reports that say so, and cause no line each")
    func purged() async throws {
        let topic = try await TestBroker.topic()
        var configuration = try producer("tx-\(topic)")
        configuration.linger = .seconds(10)
        try await withKafkaProducer(configuration) { producer in
            let codes = Locked<[KafkaError.Code?]>([])
            await #expect(throws: Refusal.self) {
                try await producer.withTransaction { transaction in
                    async let sending = transaction.send(KafkaMessage(topic: topic, value: "x"))
                    await until { producer.statistics.outstanding > 0 }
                    try await producer.flush()
                    _ = try await sending
                    for _ in 0..<10 {
                        try transaction.enqueue(KafkaMessage(topic: topic, value: "x")) { report in
                            codes.append(report.error?.code)
                        }
                    }
                    throw Refusal()
                }
            }
            #expect(codes.value == Array(repeating: .purged, count: 10))
        }
        #expect(try await committed(topic) == [[]])
    }

    @Test("A body that throws soon after a commit leaves a producer that works", arguments: [false, true])
    func quickAborts(sends: Bool) async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            for number in 0..<40 {
                try await producer.withTransaction { try $0.enqueue(KafkaMessage(topic: topic, value: "\(number)")) }
                await #expect(throws: Refusal.self) {
                    try await producer.withTransaction { transaction in
                        if sends {
                            try transaction.enqueue(KafkaMessage(topic: topic, value: "aborted"))
                            // librdkafka asks the coordinator to begin some time after the message: hit every moment.
                            try await Task.sleep(for: .milliseconds(number % 8))
                        }
                        throw Refusal()
                    }
                }
            }
        }
        #expect(try await committed(topic) == [(0..<40).map(String.init)])
    }

    @Test("A newer producer with the same ID ends the transaction of the older one, which then says so plainly")
    func fencing() async throws {
        let topic = try await TestBroker.topic()
        let old = try KafkaProducer(producer("tx-\(topic)"))
        let error = await #expect(throws: KafkaError.self) {
            try await old.withTransaction { transaction in
                try await transaction.send(KafkaMessage(topic: topic, value: "zombie"))
                let new = try KafkaProducer(producer("tx-\(topic)"))
                try await new.withTransaction { try await $0.send(KafkaMessage(topic: topic, value: "new")) }
                try await new.shutdown()
                try transaction.enqueue(KafkaMessage(topic: topic, value: "zombie, too"))
            }
        }
        #expect(error?.code == .fenced && error?.isFatal == true, "\(String(describing: error))")
        #expect(error?.hint?.contains("transactional ID") == true)
        // It stays unusable.
        let later = await #expect(throws: KafkaError.self) { try await old.withTransaction { _ in } }
        #expect(later?.code == .fenced)
        try? await old.shutdown()
        #expect(try await committed(topic) == [["new"]])
    }

    @Test("Records come again after an abort, and their offsets are committed with the messages")
    func goingBack() async throws {
        let from = try await TestBroker.topic()
        let to = try await TestBroker.topic()
        try await send((0..<10).map(String.init), to: from)
        let partition = KafkaTopicPartition(topic: from, partition: 0)
        try await withKafkaProducer(producer("tx-\(from)")) { producer in
            try await withKafkaConsumer(group(from, "group-\(from)")) { consumer in
                func forward(_ records: [KafkaRecord], failing: Bool = false) async throws {
                    try await producer.withTransaction(consuming: records, from: consumer) { transaction in
                        for record in records {
                            try transaction.enqueue(
                                KafkaMessage(topic: to, value: record.text ?? "", context: record.context)
                            )
                        }
                        if failing { throw Refusal() }
                    }
                }
                let first = try await consumer.take(4)
                await #expect(throws: Refusal.self) { try await forward(first, failing: true) }
                #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == nil)
                let again = try await consumer.take(4)
                #expect(again.map(\.offset) == [0, 1, 2, 3])
                // The old ones count no more.
                let stale = await #expect(throws: KafkaError.self) { try await forward(first) }
                #expect(stale?.code == .notAssigned && stale?.transactionOutcome == .aborted)
                try await forward(again)
                #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 4)

                let next = try await consumer.take(3)
                #expect(next.map(\.offset) == [4, 5, 6])
                // One is left out: a crash would lose it.
                let gap = await #expect(throws: KafkaError.self) { try await forward([next[0], next[2]]) }
                #expect(gap?.subject?.contains("@ 5") == true && gap?.code == .invalidArgument)
                let all = try await consumer.take(6)
                #expect(all.map(\.offset.rawValue) == Array(4..<10))
                try await forward(all)
                #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 10)
            }
        }
        #expect(try await committed(to) == [(0..<10).map(String.init)])
    }

    @Test("Offsets of the application's own are committed with the transaction, and not by an aborted one")
    func ownOffsets() async throws {
        let topic = try await TestBroker.topic()
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        var configuration = try TestBroker.consumer(
            .partitions([.init(topicPartition: partition, offset: .beginning)], groupID: "group-\(topic)")
        )
        configuration.commitPolicy = .manual
        try await send(["0", "1"], to: topic)
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            try await withKafkaConsumer(configuration) { consumer in
                _ = try await consumer.take(2)
                func offset(_ number: KafkaOffset) -> [KafkaTopicPartitionOffset] {
                    [KafkaTopicPartitionOffset(topicPartition: partition, offset: number)]
                }
                await #expect(throws: Refusal.self) {
                    try await producer.withTransaction { transaction in
                        try await transaction.sendOffsets(offset(2), from: consumer)
                        throw Refusal()
                    }
                }
                #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == nil)
                try await producer.withTransaction { try await $0.sendOffsets(offset(1), from: consumer) }
                #expect(try await consumer.committed(topicPartitions: [partition]).first?.offset == 1)
                let word = await #expect(throws: KafkaError.self) {
                    try await producer.withTransaction { try await $0.sendOffsets(offset(.end), from: consumer) }
                }
                #expect(word?.code == .invalidArgument)
                let elsewhere = KafkaTopicPartitionOffset(topic: "elsewhere", partition: 0, offset: 1)
                let foreign = await #expect(throws: KafkaError.self) {
                    try await producer.withTransaction { try await $0.sendOffsets([elsewhere], from: consumer) }
                }
                #expect(foreign?.code == .notAssigned)
            }
        }
    }

    @Test("A member that the group has replaced cannot commit, also if it does not know yet")
    func replacedMember() async throws {
        let topic = try await TestBroker.topic()
        try await send(["0", "1", "2"], to: topic)
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            try await withKafkaConsumer(group(topic, "group-\(topic)")) { first in
                let held = try await first.takeOne()
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.withTransaction(consuming: [held], from: first) { transaction in
                        try transaction.enqueue(KafkaMessage(topic: "\(topic)-out", value: "0"))
                        // It leaves the group in the middle, and another member takes the record.
                        try await first.subscribe(topics: ["\(topic)-other"])
                        try await withKafkaConsumer(group(topic, "group-\(topic)")) { second in
                            let record = try await second.takeOne()
                            #expect(record.offset == 0)
                        }
                    }
                }
                #expect(error?.code == .notAssigned && error?.transactionOutcome == .aborted)
                let place = KafkaTopicPartition(topic: topic, partition: 0)
                #expect(try await first.committed(topicPartitions: [place]).first?.offset == nil)
            }
        }
    }

    /// A consumer's place in its group at the time when this was made.
    private final class EarlierPlace: ConsumerGroupSource {
        private let metadata: Mutex<ConsumerGroupMetadata?>

        init(_ consumer: KafkaConsumer) throws {
            metadata = Mutex(try consumer.groupMetadata())
        }

        func groupMetadata() throws(KafkaError) -> ConsumerGroupMetadata {
            guard let metadata = metadata.withLock({ $0.take() }) else { throw .consumerShutDown }
            return metadata
        }

        func check(_ offsets: [KafkaTopicPartitionOffset]) throws(KafkaError) {}
    }

    @Test("The group refuses the offsets of an earlier generation, and the transaction is aborted")
    func earlierGeneration() async throws {
        let topic = try await TestBroker.topic()
        try await send(["0", "1", "2"], to: topic)
        let place = KafkaTopicPartitionOffset(topic: topic, partition: 0, offset: 1)
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            let early = try await withKafkaConsumer(group(topic, "group-\(topic)")) { first in
                _ = try await first.takeOne()
                return try EarlierPlace(first)
            }
            try await withKafkaConsumer(group(topic, "group-\(topic)")) { second in
                _ = try await second.takeOne()
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.withTransaction { transaction in
                        try await transaction.send(KafkaMessage(topic: "\(topic)-out", value: "0"))
                        try await transaction.commit([place], of: early)
                    }
                }
                #expect(error?.code == .rebalance, "\(String(describing: error))")
                #expect(error?.transactionOutcome == .aborted && error?.isFatal == false)
                let committed = try await second.committed(topicPartitions: [place.topicPartition])
                #expect(committed.first?.offset == nil)
                // The producer goes on.
                try await producer.withTransaction { try await $0.sendOffsets([place], from: second) }
                let then = try await second.committed(topicPartitions: [place.topicPartition])
                #expect(then.first?.offset == 1)
            }
        }
    }

    @Test("A commit goes on although the task is cancelled, and the call tells its outcome")
    func cancellation() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(producer("tx-\(topic)")) { producer in
            for number in 0..<20 {
                let task = Task {
                    try await producer.withTransaction { transaction in
                        try transaction.enqueue(KafkaMessage(topic: topic, value: "\(number)"))
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
                // The body returned: that counts.
                try await task.value
            }
            let task = Task {
                try await producer.withTransaction { transaction in
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await transaction.send(KafkaMessage(topic: topic, value: "cancelled"))
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await producer.transactionOutcome() == .aborted)
        }
        #expect(try await committed(topic) == [(0..<20).map(String.init)])
    }
}
