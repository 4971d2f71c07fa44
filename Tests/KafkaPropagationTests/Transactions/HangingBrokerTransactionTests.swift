import Foundation
import TestSupport
import Testing

@testable import KafkaPropagation

private let control = ProcessInfo.processInfo.environment["KAFKA_CONTROL"]

/// Transactions while the only broker hangs or is away; see ``BrokerFailureTests`` for `KAFKA_CONTROL`.
@Suite(
    "Transactions while the broker is away",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: control != nil && TestBroker.isReal, "KAFKA_CONTROL is not set")
)
struct HangingBrokerTransactionTests {
    private func run(_ command: String) async throws {
        _ = try await Program(path: try #require(control)).run(command, "1")
    }

    private func isAlone() async throws -> Bool {
        try await KafkaAdmin(TestBroker.connection()).metadata().brokers.count == 1
    }

    private func producer(_ topic: String) throws -> KafkaProducerConfiguration {
        var configuration = try TestBroker.producer()
        configuration.transactionalID = "tx-\(topic)"
        configuration.transactionCallTimeout = .seconds(2)
        return configuration
    }

    @Test(
        "A commit keeps its timeout while the broker hangs, and the outcome is told when it is known",
        arguments: [false, true]
    )
    func commit(cancels: Bool) async throws {
        guard try await isAlone() else { return }
        let from = try await TestBroker.topic()
        let to = try await TestBroker.topic()
        try await send(["0", "1"], to: from)
        var consuming = try TestBroker.consumer(.group(id: "group-\(from)", topics: [from]))
        consuming.commitPolicy = .manual
        try await withKafkaProducer(producer(from)) { producer in
            try await withKafkaConsumer(consuming) { consumer in
                let record = try await consumer.takeOne()
                // The offsets need the broker as well: they are sent before it hangs.
                let place = record.nextTopicPartitionOffset
                let start = Locked(ContinuousClock.now)
                let transaction = Task {
                    try await producer.withTransaction { transaction in
                        try await transaction.send(KafkaMessage(topic: to, value: "a"))
                        try await transaction.sendOffsets([place], from: consumer)
                        try await run("pause")
                        start.change { $0 = .now }
                        if cancels { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                }
                let error = await #expect(throws: KafkaError.self) { try await transaction.value }
                let time = start.value.duration(to: .now)
                #expect(error?.code == .timedOut && error?.transactionOutcome == .unknown)
                #expect(time > .seconds(1.5) && time < .seconds(20), "\(time)")
                // The next transaction waits for the outcome, within its own time.
                let next = await #expect(throws: KafkaError.self) { try await producer.withTransaction { _ in } }
                #expect(next?.code == .timedOut)
                let early = await #expect(throws: KafkaError.self) {
                    try await producer.transactionOutcome(timeout: .milliseconds(100))
                }
                #expect(early?.code == .timedOut)
                try await run("resume")
                let resumed = ContinuousClock.now
                let outcome = try await producer.transactionOutcome(timeout: .seconds(60))
                print("outcome after the broker went on: \(String(describing: outcome)), \(resumed.duration(to: .now))")
                #expect(outcome == .committed)
                let committed = try await consumer.committed(topicPartitions: [record.topicPartition])
                #expect(committed.first?.offset == 1)
                try await producer.withTransaction { try await $0.send(KafkaMessage(topic: to, value: "b")) }
            }
        }
        try await withKafkaConsumer(TestBroker.consumer(.all(to))) { consumer in
            let records = try await consumer.take(2)
            #expect(records.map(\.text) == ["a", "b"])
        }
    }

    @Test(
        "If the broker hangs before it takes the offsets, the transaction is aborted, and its records come again"
    )
    func offsets() async throws {
        guard try await isAlone() else { return }
        let topic = try await TestBroker.topic()
        try await send(["0", "1"], to: topic)
        var consuming = try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
        consuming.commitPolicy = .manual
        try await withKafkaProducer(producer(topic)) { producer in
            try await withKafkaConsumer(consuming) { consumer in
                let records = try await consumer.take(2)
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.withTransaction(consuming: records, from: consumer) { transaction in
                        try await transaction.send(KafkaMessage(topic: "\(topic)-out", value: "x"))
                        try await run("pause")
                    }
                }
                try await run("resume")
                #expect(error?.code == .timedOut && error?.transactionOutcome == .aborted)
                let outcome = try await producer.transactionOutcome(timeout: .seconds(60))
                #expect(outcome == .aborted)
                let again = try await consumer.take(2)
                #expect(again.map(\.offset) == [0, 1])
                try await producer.withTransaction(consuming: again, from: consumer) { _ in }
                let committed = try await consumer.committed(topicPartitions: [again[0].topicPartition])
                #expect(committed.first?.offset == 2)
            }
        }
    }

    @Test("Beginning, and a shutdown in an open transaction, keep their times while the broker hangs")
    func beginning() async throws {
        guard try await isAlone() else { return }
        let topic = try await TestBroker.topic()
        var configuration = try producer(topic)
        configuration.shutdownTimeout = .seconds(2)
        try await run("pause")
        var times: [String: Duration] = [:]
        let producer = try KafkaProducer(configuration)
        var start = ContinuousClock.now
        let error = await #expect(throws: KafkaError.self) { try await producer.withTransaction { _ in } }
        times["begin"] = start.duration(to: .now)
        #expect(error?.code == .timedOut && error?.transactionOutcome == nil)
        try await run("resume")
        try await producer.prepareTransactions(timeout: .seconds(60))
        let gate = Gate()
        let open = Task {
            try await producer.withTransaction { transaction in
                try await transaction.send(KafkaMessage(topic: topic, value: "x"))
                await gate.pass()
            }
        }
        await gate.arrivals(1)
        try await run("pause")
        start = .now
        _ = try? await producer.shutdown()
        times["shutdown"] = start.duration(to: .now)
        gate.open()
        await #expect(throws: KafkaError.self) { try await open.value }
        try await run("resume")
        print("times while the broker hangs: \(times)")
        #expect(times["begin"] ?? .zero < .seconds(4))
        #expect(times["shutdown"] ?? .zero < .seconds(8))
    }
}
