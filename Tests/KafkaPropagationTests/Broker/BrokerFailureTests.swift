import Foundation
import KafkaPropagation
import TestSupport
import Testing

private let control = ProcessInfo.processInfo.environment["KAFKA_CONTROL"]

/// The effects of an outage of the broker on messages. `KAFKA_CONTROL` is a program that stops and starts the nodes of
/// the cluster at `KAFKA_BOOTSTRAP_SERVERS`: `kill`, `up`, `pause` and `resume`, each followed by the number of a node.
/// The suite needs the cluster for itself, so run it alone.
@Suite(
    "Failures of the broker",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: control != nil, "KAFKA_CONTROL is not set")
)
struct BrokerFailureTests {
    /// The outcome of each message, by its number.
    private struct Reports {
        var acknowledged: Set<Int> = []
        var failed: Set<Int> = []
        var repeated: Set<Int> = []

        var count: Int { acknowledged.count + failed.count }

        mutating func add(_ number: Int, _ error: KafkaError?) {
            if acknowledged.contains(number) || failed.contains(number) { repeated.insert(number) }
            if error == nil { acknowledged.insert(number) } else { failed.insert(number) }
        }
    }

    @Test("A broker is killed and returns: every acknowledged message is there, and every other message got an error")
    func killed() async throws {
        try await outage(["kill", "1"], ["up", "1"])
    }

    @Test("A broker hangs and continues: every acknowledged message is there, and every other message got an error")
    func paused() async throws {
        try await outage(["pause", "1"], ["resume", "1"])
    }

    @Test("While the only broker hangs, metadata, admin calls and a shutdown keep their timeouts")
    func timeouts() async throws {
        let admin = try KafkaAdmin(TestBroker.connection())
        guard try await admin.metadata().brokers.count == 1 else { return }
        var configuration = try TestBroker.producer()
        configuration.shutdownTimeout = .seconds(2)
        let producer = try KafkaProducer(configuration)
        let topic = try await TestBroker.topic()
        try await producer.send(KafkaMessage(topic: topic, value: "x"))
        try await run(["pause", "1"])
        var times: [(call: String, time: Duration)] = []
        func expectTimeout(_ call: String, _ body: () async throws -> Void) async {
            let start = ContinuousClock.now
            let error = await #expect(throws: KafkaError.self) { try await body() }
            times.append((call, start.duration(to: .now)))
            #expect(error?.code == .timedOut, "\(call): \(String(describing: error))")
        }
        await expectTimeout("producer.metadata") { _ = try await producer.metadata(timeout: .seconds(2)) }
        await expectTimeout("admin.metadata") { _ = try await admin.metadata(timeout: .seconds(2)) }
        await expectTimeout("createTopics") {
            try await admin.createTopics([KafkaTopic(name: "\(topic)-2")], timeout: .seconds(2))
        }
        await expectTimeout("deleteTopics") { try await admin.deleteTopics([topic], timeout: .seconds(2)) }
        try producer.enqueue(KafkaMessage(topic: topic, value: "y"))
        let flushing = Task { try await producer.flush() }
        flushing.cancel()
        await #expect(throws: CancellationError.self) { try await flushing.value }
        await expectTimeout("shutdown") { try await producer.shutdown() }
        try await run(["resume", "1"])
        for (call, time) in times { #expect(time < .seconds(4), "\(call)") }
        print("times while the broker hangs: \(times)")
    }

    private func outage(_ stop: [String], _ start: [String]) async throws {
        let topic = try await TestBroker.topic(partitions: 3)
        let nodes = try await KafkaAdmin(TestBroker.connection()).metadata().brokers.count
        var configuration = try TestBroker.producer()
        // The timeout is short, so that an outage of the only node makes messages fail.
        configuration.deliveryTimeout = .seconds(nodes == 1 ? 3 : 60)
        configuration.properties["socket.timeout.ms"] = "2000"
        configuration.properties["request.timeout.ms"] = "2000"

        let reports = Locked(Reports())
        let total = 6000
        // The first records of a new topic may need more time than the outage leaves.
        try await withKafkaProducer(TestBroker.producer()) { producer in
            for partition in 0..<3 {
                let place = KafkaPartition(rawValue: partition)
                try await producer.send(KafkaMessage(topic: topic, value: "first", partition: place))
            }
        }
        try await withKafkaProducer(configuration) { producer in
            try await send(0..<2000, to: topic, producer, reports)
            try await producer.flush()
            #expect(reports.value.acknowledged.count == 2000)
            try await run(stop)
            do {
                try await send(2000..<4000, to: topic, producer, reports)
                // Every message has its report before the broker returns. It is an error if the node was the only one.
                try await producer.flush()
            } catch {
                // The next test needs the broker.
                try? await run(start)
                throw error
            }
            try await run(start)
            try await send(4000..<total, to: topic, producer, reports)
            try await producer.flush()
        }
        let sent = reports.value
        #expect(sent.count == total)
        #expect(sent.repeated.isEmpty)
        if nodes == 1 {
            #expect(!sent.failed.isEmpty)
        } else {
            #expect(sent.failed.isEmpty)
        }
        let missing = try await missing(sent.acknowledged, in: topic, partitions: 3)
        #expect(missing.isEmpty)
        print("\(nodes) nodes, \(stop[0]): \(sent.acknowledged.count) acknowledged, \(sent.failed.count) failed")
    }

    private func run(_ command: [String]) async throws {
        _ = try await Program(path: try #require(control)).run(command[0], command[1])
    }

    private func send(
        _ numbers: Range<Int>,
        to topic: String,
        _ producer: KafkaProducer,
        _ reports: Locked<Reports>
    ) async throws {
        for number in numbers {
            let message = KafkaMessage(topic: topic, key: "\(number)", value: "\(number)")
            try producer.enqueue(message) { report in reports.change { $0.add(number, report.error) } }
        }
    }

    /// Reads the topic until it saw all of these numbers, for a minute at most. Returns those that it did not see.
    ///
    /// It does not ask for the ends of the partitions, because a node that hung takes itself for their leader for a
    /// moment more, and knows an earlier end.
    private func missing(_ numbers: Set<Int>, in topic: String, partitions: Int) async throws -> Set<Int> {
        try await withKafkaConsumer(TestBroker.consumer(.all(topic, partitions: partitions))) { consumer in
            let timeout = Task {
                try await Task.sleep(for: .seconds(60))
                consumer.triggerGracefulShutdown()
            }
            defer { timeout.cancel() }
            var missing = numbers
            for try await record in consumer {
                if let number = record.text.flatMap(Int.init) { missing.remove(number) }
                if missing.isEmpty { break }
            }
            return missing
        }
    }
}
