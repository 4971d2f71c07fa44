import ContextPropagation
import KafkaPropagationTesting
import Synchronization
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Producer", .timeLimit(.minutes(10)))
struct ProducerTests {
    @Test("Sending returns the partition and the offset of each message")
    func send() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        try await withKafkaProducer(TestBroker.producer()) { producer in
            for offset in 0..<3 {
                let place = try await producer.send(KafkaMessage(topic: topic, value: "\(offset)", partition: 1))
                #expect(place == KafkaTopicPartitionOffset(topic: topic, partition: 1, offset: .init(rawValue: offset)))
            }
            #expect(producer.statistics.delivered == 3)
            #expect(producer.statistics.failed == 0)
        }
    }

    @Test(
        "A message for which not even an empty queue has room is refused, and smaller ones are sent",
        arguments: ["512", " 512", "0x200", "01000"]
    )
    func largerThanTheQueue(limit: String) async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.producer()
        configuration.properties["queue.buffering.max.kbytes"] = limit
        try await withKafkaProducer(configuration) { producer in
            let large = KafkaMessage(topic: topic, value: [UInt8](repeating: 120, count: 512 * 1024 + 1))
            let enqueued = #expect(throws: KafkaError.self) { try producer.enqueue(large) }
            // A send would wait forever for room.
            try #require(enqueued?.code == .messageTooLarge)
            let sent = await #expect(throws: KafkaError.self) { try await producer.send(large) }
            for error in [sent, enqueued] {
                #expect(error?.code == .messageTooLarge && error?.isRetriable == false)
                #expect(error?.message == "the value has 524289 bytes, and the whole queue may have 524288")
            }
            let place = try await producer.send(
                KafkaMessage(topic: topic, value: [UInt8](repeating: 120, count: 512 * 1024))
            )
            #expect(place.offset == 0)
        }
    }

    @Test(
        "A delivery timeout that is short or over ends, and is not taken for no timeout",
        arguments: [Duration.zero, .microseconds(500), .seconds(-1), .seconds(Int64.min)]
    )
    func shortTimeout(_ timeout: Duration) async throws {
        var configuration = KafkaProducerConfiguration(KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]))
        configuration.deliveryTimeout = timeout
        #expect(configuration.nativeProperties.contains { $0 == ("message.timeout.ms", "1") })
        try await withKafkaProducer(configuration) { producer in
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(KafkaMessage(topic: "unreachable", value: "x"))
            }
            #expect(error?.code == .timedOut)
        }
    }

    @Test("A message to a partition that does not exist gives an error and no crash")
    func unknownPartition() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.producer()) { producer in
            // If the metadata is known, the message is refused at once. Otherwise its report contains the error.
            for _ in 0..<2 {
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.send(
                        KafkaMessage(
                            topic: topic,
                            value: "x",
                            headers: [KafkaHeader(key: "h", value: "1")],
                            partition: 7,
                            context: .newTrace()
                        )
                    )
                }
                #expect(error?.code == .unknownTopicOrPartition)
                try await producer.send(KafkaMessage(topic: topic, value: "fine", context: .newTrace()))
            }
            #expect(throws: KafkaError.self) {
                try producer.enqueue(KafkaMessage(topic: topic, value: "x", partition: .init(rawValue: .max)))
            }
        }
    }

    @Test("A topic's name that C would truncate, or an empty name, is refused")
    func topicNames() async throws {
        let producer = try KafkaProducer(TestBroker.producer())
        for name in ["", "frames\0other"] {
            let error = #expect(throws: KafkaError.self) { try producer.enqueue(KafkaMessage(topic: name, value: "x")) }
            #expect(error?.code == .invalidArgument)
        }
        try await producer.shutdown()
    }

    @Test("A time before 1970, which Kafka cannot store, is refused")
    func timestamps() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.producer()) { producer in
            for time in [-1, -2, Int64.min] {
                let timestamp = KafkaTimestamp(millisecondsSinceEpoch: time)
                let error = #expect(throws: KafkaError.self) {
                    try producer.enqueue(KafkaMessage(topic: topic, value: "x", timestamp: timestamp))
                }
                #expect(error?.code == .invalidArgument && error?.subject == "timestamp \(time) ms")
            }
            let first = KafkaTimestamp(millisecondsSinceEpoch: 1)
            try await producer.send(KafkaMessage(topic: topic, value: "x", timestamp: first))
        }
        let record = try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { try await $0.takeOne() }
        #expect(record.timestamp == KafkaTimestamp(millisecondsSinceEpoch: 1))
    }

    @Test("The closure of a message is called once, in the message's context, with its offset")
    func callback() async throws {
        let topic = try await TestBroker.topic()
        let seen = Mutex<[(LogContext, KafkaDeliveryReport)]>([])
        let contexts = (0..<50).map { _ in LogContext.newTrace() }
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for context in contexts {
                try withLogContext(context) { () throws(KafkaError) in
                    try producer.enqueue(KafkaMessage(topic: topic, value: "x")) { report in
                        seen.withLock { $0.append((.current, report)) }
                    }
                }
            }
            try await producer.flush()
        }
        let reports = seen.withLock { $0 }
        #expect(reports.map(\.0.traceID) == contexts.map(\.traceID))
        #expect(reports.map(\.1.context.spanID) == contexts.map(\.spanID))
        #expect(reports.map(\.1.offset) == (0..<50).map { KafkaOffset(rawValue: $0) })
        #expect(reports.allSatisfy { $0.1.isAcknowledged && $0.1.topic == topic })
    }

    @Test("The sequence of reports has one report for each message that was enqueued while the sequence existed")
    func reports() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            try producer.enqueue(KafkaMessage(topic: topic, value: "before"))
            let reports = producer.deliveryReports
            let contexts = (0..<2000).map { _ in LogContext.newTrace() }
            for context in contexts {
                try producer.enqueue(KafkaMessage(topic: topic, value: "x", context: context))
            }
            producer.triggerGracefulShutdown()
            var received: [KafkaDeliveryReport] = []
            for await report in reports { received.append(report) }
            #expect(received.map(\.context.traceID) == contexts.map(\.traceID))
            #expect(received.map(\.offset) == (1...2000).map { KafkaOffset(rawValue: $0) })
        }
    }

    @Test("Reports that nobody takes stop the enqueueing, and taking them lets it continue")
    func reportsAreBounded() async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.producer()
        configuration.maximumQueuedMessages = 10
        try await withKafkaProducer(configuration) { producer in
            let reports = producer.deliveryReports
            for _ in 0..<10 { try producer.enqueue(KafkaMessage(topic: topic, value: "x")) }
            try await producer.flush()
            let error = #expect(throws: KafkaError.self) {
                try producer.enqueue(KafkaMessage(topic: topic, value: "x"))
            }
            #expect(error?.code == .queueFull)
            var iterator = reports.makeAsyncIterator()
            #expect(await iterator.next()?.offset == 0)
            try producer.enqueue(KafkaMessage(topic: topic, value: "x"))
        }
    }

    @Test("A full queue suspends send, and makes enqueue throw")
    func backpressure() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try kafka.setRoundTripTime(.seconds(10), ofBroker: 1)
        var configuration = kafka.producerConfiguration
        configuration.maximumQueuedMessages = 5
        configuration.linger = .zero
        try await withKafkaProducer(configuration) { producer in
            for _ in 0..<5 { try producer.enqueue(KafkaMessage(topic: "frames", value: "x")) }
            let error = #expect(throws: KafkaError.self) {
                try producer.enqueue(KafkaMessage(topic: "frames", value: "x"))
            }
            #expect(error?.code == .queueFull)
            #expect(error?.isRetriable == true)
            try kafka.setRoundTripTime(.milliseconds(50), ofBroker: 1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask { _ = try await producer.send(KafkaMessage(topic: "frames", value: "y")) }
                }
                try await group.waitForAll()
            }
            #expect(producer.statistics.delivered == 45)
            try await producer.waitForRoom()
            try producer.enqueue(KafkaMessage(topic: "frames", value: "x"))
        }
    }

    @Test(
        "A cancelled send throws at once, while the message is in flight and while it waits for room"
    )
    func cancellation() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.maximumQueuedMessages = 1
        configuration.shutdownTimeout = .milliseconds(200)
        let producer = try KafkaProducer(configuration)
        let onItsWay = Task { try await producer.send(KafkaMessage(topic: "frames", value: "x")) }
        await until { producer.statistics.outstanding > 0 }
        let waitsForRoom = Task { try await producer.send(KafkaMessage(topic: "frames", value: "y")) }
        onItsWay.cancel()
        waitsForRoom.cancel()
        await #expect(throws: CancellationError.self) { try await onItsWay.value }
        await #expect(throws: CancellationError.self) { try await waitsForRoom.value }
        let error = await #expect(throws: KafkaError.self) { try await producer.shutdown() }
        #expect(error?.code == .timedOut)
    }

    @Test("A send that waited for room sends the message with the context of its caller")
    func contextAfterRoom() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.maximumQueuedMessages = 1
        let context = LogContext.newTrace()
        try await withKafkaProducer(configuration) { producer in
            try producer.enqueue(KafkaMessage(topic: "frames", value: "x"))
            let sending = Task {
                try await withLogContext(context) {
                    try await producer.send(KafkaMessage(topic: "frames", value: "y"))
                }
            }
            await until { producer.core.waitingForRoom > 0 }
            try kafka.setBrokerUp(1)
            _ = try await sending.value
        }
        try await withKafkaConsumer(kafka.consumerConfiguration(.all("frames"))) { consumer in
            let record = try #require(try await consumer.take(2).last)
            #expect(record.text == "y" && record.context.traceID == context.traceID)
        }
    }

    @Test("If a shutdown runs out of time, a send whose message has no report throws, and so does one without room")
    func waitingSends() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.maximumQueuedMessages = 1
        configuration.shutdownTimeout = .milliseconds(100)
        let producer = try KafkaProducer(configuration)
        let message = KafkaMessage(topic: "frames", value: "x")
        let withoutReport = Task { try await producer.send(message) }
        await until { producer.statistics.outstanding > 0 }
        let withoutRoom = Task { try await producer.send(message) }
        await until { producer.core.waitingForRoom > 0 }
        await #expect(throws: KafkaError.self) { try await producer.shutdown() }
        let unreported = await #expect(throws: KafkaError.self) { try await withoutReport.value }
        #expect(unreported?.code == .timedOut, "\(String(describing: unreported))")
        let refused = await #expect(throws: KafkaError.self) { try await withoutRoom.value }
        #expect(refused?.code == .shutdown, "\(String(describing: refused))")
    }

    @Test("After a shutdown no message is accepted, and a second shutdown does no harm")
    func shutdown() async throws {
        let topic = try await TestBroker.topic()
        let producer = try KafkaProducer(TestBroker.producer())
        try producer.enqueue(KafkaMessage(topic: topic, value: "x"))
        try await producer.shutdown()
        #expect(producer.statistics.delivered == 1)
        let error = await #expect(throws: KafkaError.self) {
            try await producer.send(KafkaMessage(topic: topic, value: "x"))
        }
        #expect(error?.code == .shutdown)
        try await producer.shutdown()
        try await producer.run()
        try await producer.flush()
    }

    @Test("run ends after a cancellation, when the enqueued messages are delivered")
    func run() async throws {
        let topic = try await TestBroker.topic()
        let producer = try KafkaProducer(TestBroker.producer())
        let running = Task { try await producer.run() }
        for _ in 0..<100 { try producer.enqueue(KafkaMessage(topic: topic, value: "x")) }
        running.cancel()
        try await running.value
        #expect(producer.statistics.delivered == 100)
    }

    @Test("Every message that a shutdown could not deliver gets a report with the reason")
    func undelivered() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.shutdownTimeout = .milliseconds(100)
        let producer = try KafkaProducer(configuration)
        let errors = Mutex<[KafkaError.Code?]>([])
        for _ in 0..<10 {
            try producer.enqueue(KafkaMessage(topic: "frames", value: "x")) { report in
                errors.withLock { $0.append(report.error?.code) }
            }
        }
        let error = await #expect(throws: KafkaError.self) { try await producer.shutdown() }
        #expect(error?.message.contains("10 messages") == true)
        #expect(errors.withLock { $0 } == Array(repeating: .timedOut, count: 10))
        #expect(producer.statistics.failed == 10)
    }

    @Test("A released producer still delivers the enqueued messages")
    func letGo() async throws {
        let topic = try await TestBroker.topic()
        let (stream, continuation) = AsyncStream<KafkaDeliveryReport>.makeStream()
        do {
            let producer = try KafkaProducer(TestBroker.producer())
            try producer.enqueue(KafkaMessage(topic: topic, value: "x")) { report in
                continuation.yield(report)
            }
        }
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next()?.error == nil)
    }

    @Test("A failed request is repeated, and the message is acknowledged once")
    func retry() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        kafka.fail(.produce, with: [.notLeader, .notEnoughReplicas])
        var configuration = kafka.producerConfiguration
        configuration.properties["retry.backoff.ms"] = "10"
        try await withKafkaProducer(configuration) { producer in
            let place = try await producer.send(KafkaMessage(topic: "frames", value: "x"))
            #expect(place.offset == 0)
        }
    }

    @Test("A message that is too large for the client gives an error that names the limits")
    func tooLarge() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.producer()) { producer in
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(KafkaMessage(topic: topic, value: [UInt8](repeating: 0, count: 2_000_000)))
            }
            #expect(error?.code == .messageTooLarge)
            #expect(error?.hint?.contains("message.max.bytes") == true)
        }
    }

    @Test("Statistics print as OpenMetrics text")
    func openMetrics() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.producer()) { producer in
            try await producer.send(KafkaMessage(topic: topic, value: "x"))
            let statistics = producer.statistics
            #expect(statistics.latency.count == 1)
            #expect(statistics.latency.total > .zero)
            let text = statistics.openMetrics
            #expect(text.contains("\nkafka_producer_delivered_total{client=\"\(statistics.client)\"} 1\n"))
            #expect(text.contains("\nkafka_producer_latency_seconds_count{client=\"\(statistics.client)\"} 1\n"))
            #expect(text.hasSuffix("\n# EOF\n"))
        }
    }

    @Test("Metadata lists the brokers and a topic's partitions")
    func metadata() async throws {
        let topic = try await TestBroker.topic(partitions: 3)
        try await withKafkaProducer(TestBroker.producer()) { producer in
            let metadata = try await producer.metadata(of: topic)
            #expect(metadata.topics.map(\.name) == [topic])
            #expect(metadata.topics.first?.partitions.map(\.id) == [0, 1, 2])
            #expect(!metadata.brokers.isEmpty)
        }
    }

    @Test("A shutdown ends a metadata call of a producer that has no broker, with an error that names the producer")
    func metadataDuringShutdown() async throws {
        // Nothing listens on that port.
        let configuration = KafkaProducerConfiguration(KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]))
        let producer = try KafkaProducer(configuration)
        let calling = Task { try await producer.metadata(timeout: .seconds(300)) }
        try await producer.shutdown()
        // The call gets the same error before and after the shutdown.
        let error = await #expect(throws: KafkaError.self) { try await calling.value }
        #expect(error?.code == .shutdown && error?.message.contains("producer") == true)
    }

    @Test("A cancelled task does not wait for the answer to a metadata or an admin call")
    func cancelledCalls() async throws {
        // Nothing listens on that port.
        let connection = KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"])
        let admin = try KafkaAdmin(connection)
        let calls: [@Sendable () async throws -> Void] = [
            { _ = try await admin.metadata(timeout: .seconds(300)) },
            { try await admin.createTopics([KafkaTopic(name: "frames")], timeout: .seconds(300)) },
        ]
        for call in calls {
            let calling = Task { try await call() }
            calling.cancel()
            let error = await #expect(throws: KafkaError.self) { try await calling.value }
            #expect(error?.code == .cancelled)
        }
    }
}
