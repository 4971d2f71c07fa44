import CMALoggerRDKafka
import ContextPropagation
import TestSupport
import Testing

@testable import KafkaPropagation
@testable import KafkaPropagationTesting

/// One of two brokers hangs. It leads partition 0. The other one leads partition 1 and coordinates the group.
@Suite("A parallel consumer while one broker hangs", .timeLimit(.minutes(10)))
struct ParallelHangingBrokerTests {
    private let kafka: EmbeddedKafka
    private let configuration: KafkaConsumerConfiguration
    private let places = (0..<2).map { KafkaTopicPartition(topic: "frames", partition: .init(rawValue: $0)) }

    init() async throws {
        kafka = try EmbeddedKafka(brokers: 2)
        try kafka.createTopic("frames", partitions: 2)
        for (place, broker) in zip(places, [1, 2]) { try kafka.setLeader(broker, of: place) }
        kafka.withCluster { _ = rd_kafka_mock_coordinator_set($0, "group", "detectors", 2) }
        var configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
        configuration.commitTimeout = .seconds(40)
        self.configuration = configuration
        for place in places { try await produce(["stuck", "a", "b"], to: place) }
    }

    private func produce(_ keys: [String], to place: KafkaTopicPartition) async throws {
        try await ParallelScenarioTests.produce(
            keys,
            to: place.topic,
            partition: place.partition,
            through: kafka.producerConfiguration
        )
    }

    /// Leaves the offsets 1 and 2 of each partition finished, and the offset 0 not.
    private func finishSome() async throws {
        try await ParallelFaultTests.finish(4, butStuck: configuration)
    }

    @Test("The partitions of the other broker start, and their finished records are not handled again")
    func start() async throws {
        try await finishSome()
        try await produce(["new"], to: places[1])
        try kafka.setRoundTripTime(.seconds(120), ofBroker: 1)
        let handled = Locked<[Int]>([])
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8) { record in
            if record.partition == 1 { handled.append(record.offset.rawValue) }
        }
        await until { handled.value.count >= 2 }
        #expect(handled.value.sorted() == [0, 3])

        // The questions for the ends of suspects come back as well: each look asks for both partitions.
        await until { consumer.assignment.count == 2 }
        for _ in 0..<2 {
            consumer.engine.state.withLock { state in
                for place in places { state.parallel.suspect(place) }
            }
            await until {
                consumer.engine.state.withLock { $0.parallel.suspects.map(\.topicPartition) } == [places[0]]
            }
        }
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
        await consumer.shutdown()
    }

    @Test("A partition without finished records does not wait for the ends of the others")
    func startWithoutMetadata() async throws {
        try await finishSome()
        try kafka.createTopic("letters")
        let letters = KafkaTopicPartition(topic: "letters", partition: 0)
        try kafka.setLeader(2, of: letters)
        try await produce(["first"], to: letters)
        try kafka.setRoundTripTime(.seconds(120), ofBroker: 1)
        var configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames", "letters"]))
        // The other partitions wait for half of this time.
        configuration.commitTimeout = .seconds(120)
        let handled = Gate()
        handled.open()
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8) { record in
            if record.topic == "letters" { await handled.pass() }
        }
        await handled.arrivals(1)
        #expect(consumer.assignment == [letters])
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
        await consumer.shutdown()
    }

    @Test("A question that makes the hanging broker fetch again ends, and the next one is asked")
    func nudge() async throws {
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 8) { _ in }
        await until { consumer.assignment.count == 2 }
        try kafka.setRoundTripTime(.seconds(120), ofBroker: 1)
        let nudge = FetchNudge()
        for place in places {
            nudge.nudge(place, consumer.consumer.handle)
            await until { !nudge.isRunning }
        }
        try kafka.setRoundTripTime(.zero, ofBroker: 1)
        await consumer.shutdown()
    }
}
