import ContextPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// Requests that fail. A real broker makes no request fail when asked, so these tests always use an embedded one.
@Suite("A parallel consumer whose requests fail", .timeLimit(.minutes(2)))
struct ParallelFaultTests {
    private struct Failed: Error {}

    private let kafka: EmbeddedKafka
    private let configuration: KafkaConsumerConfiguration

    init() async throws {
        kafka = try EmbeddedKafka(brokers: 1)
        try kafka.createTopic("frames")
        try kafka.createTopic("letters")
        configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
        try await ParallelScenarioTests.produce(
            (0..<100).map { "\($0)" },
            to: "frames",
            through: kafka.producerConfiguration
        )
    }

    nonisolated(nonsending) private func committed() async throws -> Int? {
        let configuration = kafka.consumerConfiguration(.partitions([], groupID: "detectors"))
        return try await withKafkaConsumer(configuration) { consumer in
            try await consumer.committed(topicPartitions: [.init(topic: "frames", partition: 0)])[0].offset?.rawValue
        }
    }

    @Test("While dead letters cannot be sent, their records stay pending and other keys go on")
    func lettersDown() async throws {
        kafka.fail(.produce, with: Array(repeating: .topicAuthorizationFailed, count: 2))
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { _ in .deadLetter }
        options.deadLetters = .init(topic: "letters")
        options.commitInterval = .milliseconds(20)
        let handled = Locked(0)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { record in
            if record.offset == 40 { throw Failed() }
            handled.change { $0 += 1 }
        }
        await until { handled.value == 99 }
        #expect(consumer.statistics.topics.first?.deadLettered == 0)
        #expect(try await committed() ?? 0 <= 40)
        await until { consumer.statistics.topics.first?.deadLettered == 1 }
        await consumer.shutdown()
        let letter = try await withKafkaConsumer(kafka.consumerConfiguration(.all("letters"))) {
            try await $0.takeOne()
        }
        #expect(letter.keyText == "40")
        #expect(try await committed() == 100)
        #expect(handled.value == 99)
    }

    @Test("A commit that fails is repeated while the consumer runs, even if nothing else happens")
    func failedCommit() async throws {
        kafka.fail(.offsetCommit, with: Array(repeating: .groupAuthorizationFailed, count: 3))
        var options = ParallelConsumer.Options()
        options.commitInterval = .milliseconds(100)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, options: options) { _ in }
        await until { consumer.engine.state.withLock { $0.parallel.counts.processed } == 100 }
        while try await committed() != 100 { try await Task.sleep(for: .milliseconds(20)) }
        await consumer.shutdown()
    }

    @Test("When the committed offsets do not come in time, the records are handled all the same")
    func noCommittedOffsets() async throws {
        try kafka.setRoundTripTime(.milliseconds(300), ofBroker: 1)
        var configuration = configuration
        configuration.commitTimeout = .milliseconds(50)
        let handled = Locked<Set<Int>>([])
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8) { record in
            handled.change { _ = $0.insert(record.offset.rawValue) }
        }
        await until { handled.value.count == 100 }
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
        await consumer.shutdown()
        #expect(consumer.engine.state.withLock { $0.parallel.counts.processed } == 100)
    }
}
