import Foundation
import KafkaPropagation
import TestSupport
import Testing

private let control = ProcessInfo.processInfo.environment["KAFKA_CONTROL"]

/// The effects of an outage of the broker on a consumer; see ``BrokerFailureTests`` for `KAFKA_CONTROL`.
@Suite(
    "A consumer while the broker is away",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: control != nil, "KAFKA_CONTROL is not set")
)
struct ConsumerFailureTests {
    private func run(_ command: String) async throws {
        _ = try await Program(path: try #require(control)).run(command, "1")
    }

    private func retrying<Success>(_ call: () async throws -> Success) async throws -> Success {
        while true {
            do {
                return try await call()
            } catch let error as KafkaError where error.isRetriable {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func whileAway(_ stop: String, _ start: String, _ body: () async throws -> Void) async throws {
        try await run(stop)
        do {
            try await body()
        } catch {
            // The next test needs the broker.
            try? await run(start)
            throw error
        }
        try await run(start)
    }

    @Test("While the broker hangs, every call ends within its timeout, and afterwards all calls work")
    func hanging() async throws {
        let topic = try await TestBroker.topic()
        try await send((0..<10).map(String.init), to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        var configuration = try TestBroker.consumer(
            .partitions([.init(topicPartition: partition, offset: .beginning)], groupID: "group-\(topic)")
        )
        configuration.commitTimeout = .seconds(2)
        try await withKafkaConsumer(configuration) { consumer in
            let records = try await consumer.take(5)
            let end = KafkaTopicPartitionOffset(topicPartition: partition, offset: .end)
            let calls: [(String, () async throws -> Void)] = [
                ("watermarks", { _ = try await consumer.watermarks(of: partition, timeout: .seconds(2)) }),
                ("seek", { try await consumer.seek(topicPartitionOffsets: [end], timeout: .seconds(2)) }),
                ("offsets", { _ = try await consumer.offsets(of: [partition], at: .now, timeout: .seconds(2)) }),
                (
                    "committed",
                    { _ = try await consumer.committed(topicPartitions: [partition], timeout: .seconds(2)) }
                ),
                ("metadata", { _ = try await consumer.metadata(of: topic, timeout: .seconds(2)) }),
                ("commit", { try await consumer.commit(records[0]) }),
            ]
            try await whileAway("pause", "resume") {
                for (name, call) in calls {
                    let start = ContinuousClock.now
                    let error = await #expect(throws: KafkaError.self, "\(name)") { try await call() }
                    let time = start.duration(to: .now)
                    print("\(name): \(time), \(error?.code.description ?? "no error")")
                    #expect(time < .seconds(4) && error?.isRetriable == true, "\(name)")
                }
            }
            for record in records { try consumer.storeOffset(record) }
            // Just after the broker continues, it may refuse a call. The same call succeeds later.
            try await retrying { try await consumer.commit() }
            let committed = try await retrying { try await consumer.committed(topicPartitions: [partition]) }
            #expect(committed.first?.offset == 5)
            let marks = try await retrying { try await consumer.watermarks(of: partition) }
            #expect(marks == KafkaWatermarks(low: 0, high: 10))
        }
    }

    @Test("A loop continues after the broker was away for longer than the poll interval", arguments: [false, true])
    func awayForLong(hangs: Bool) async throws {
        let topic = try await TestBroker.topic()
        try await send(["0"], to: topic)
        var configuration = try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
        configuration.properties["max.poll.interval.ms"] = "6000"
        configuration.commitTimeout = .seconds(3)
        try await withKafkaConsumer(configuration) { consumer in
            let (handled, handling) = AsyncStream<String>.makeStream()
            let loop = Task {
                for try await record in consumer {
                    // The loop continues after a failed commit, because the record is read again.
                    try? await consumer.commit(record)
                    handling.yield(record.valueText ?? "")
                }
            }
            var iterator = handled.makeAsyncIterator()
            #expect(await iterator.next() == "0")
            try await whileAway(hangs ? "pause" : "kill", hangs ? "resume" : "up") {
                // During this time the group removes the member. No event reports that.
                try await Task.sleep(for: .seconds(10))
            }
            try await send(["1"], to: topic)
            while let text = await iterator.next(), text != "1" {}
            consumer.triggerGracefulShutdown()
            try await loop.value
        }
    }
}
