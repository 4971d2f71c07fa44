import KafkaPropagationTesting
import PropagationTesting
import Synchronization
import TestSupport
import Testing

@testable import ContextPropagation
@testable import KafkaPropagation

@Suite("Delivery reports of a producer", .timeLimit(.minutes(10)))
struct ProducerReportTests {
    @Test("Closures of many contexts run once each, in order, each in its message's context")
    func contexts() async throws {
        let topic = try await TestBroker.topic()
        let seen = Mutex<[(spanID: SpanID?, offset: KafkaOffset?, isOwn: Bool)]>([])
        var generator = SplitMix(state: 5)
        let contexts = (0..<4).map { _ in LogContext.newTrace() }
        // Some messages in a row have the same context, and others do not.
        let used = (0..<3000).map { _ in contexts[Int.random(in: 0..<4, using: &generator) / 2 * 2] }
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for context in used {
                try producer.enqueue(KafkaMessage(topic: topic, value: "x", context: context)) { report in
                    let isOwn = report.context.storage === LogContext.current.storage
                    seen.withLock { $0.append((LogContext.current.spanID, report.offset, isOwn)) }
                }
            }
            try await producer.flush()
            // flush returns after the last closure.
            #expect(seen.withLock { $0.count } == used.count)
        }
        let reports = seen.withLock { $0 }
        #expect(reports.map(\.spanID) == used.map(\.spanID))
        #expect(reports.map(\.offset) == used.indices.map { KafkaOffset(rawValue: $0) })
        #expect(reports.allSatisfy { $0.isOwn })
    }

    private enum Tenant {
        @TaskLocal static var current = "nobody"
    }

    @Test("A closure sees the registered values of the code that enqueued its message, not of the code that serves it")
    func registeredValues() async {
        await #expect(processExitsWith: .success) {
            let kafka = try EmbeddedKafka(topics: ["frames": 1])
            let seen = Mutex<[(tenant: String, spanID: SpanID?)]>([])
            let context = LogContext.newTrace()
            let other = LogContext.newTrace()
            var configuration = kafka.producerConfiguration
            configuration.isIdempotenceEnabled = true
            try await withKafkaProducer(configuration) { producer in
                func enqueue(_ tenant: String, _ context: LogContext, count: Int) throws {
                    try Tenant.$current.withValue(tenant) {
                        for _ in 0..<count {
                            try producer.enqueue(KafkaMessage(topic: "frames", value: "x", context: context)) { _ in
                                seen.withLock { $0.append((Tenant.current, LogContext.current.spanID)) }
                            }
                        }
                    }
                }
                // Without registered values these are bound together; the next ones have values of their own.
                try enqueue("unregistered", context, count: 10)
                ContextSnapshot.register("tenant", Tenant.$current)
                for tenant in ["a", "c", "a"] { try enqueue(tenant, context, count: 10) }
                try enqueue("a", other, count: 10)
                try await producer.flush()
                // Serves reports while it enqueues.
                try enqueue("b", other, count: 2000)
                try await producer.flush()
            }
            let tenants = seen.withLock { $0.dropFirst(10).map(\.tenant) }
            let blocks = ["a", "c", "a", "a"].flatMap { Array(repeating: $0, count: 10) }
            try #require(tenants == blocks + Array(repeating: "b", count: 2000))
            let spans = seen.withLock { $0.map(\.spanID) }
            try #require(spans == (0..<2050).map { $0 < 40 ? context.spanID : other.spanID })
        }
    }

    @Test("A new sequence gets no report of a message that was enqueued for an earlier one, and its failure is logged")
    func nextSequence() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.deliveryTimeout = .milliseconds(300)
        let (early, late) = (LogContext.newTrace(), LogContext.newTrace())
        func message(_ context: LogContext) -> KafkaMessage {
            KafkaMessage(topic: "frames", value: "x", context: context)
        }
        let lines = try await capturedLines(from: .error, ofTrace: early.traceID) {
            try await withKafkaProducer(configuration) { producer in
                try withExtendedLifetime(producer.deliveryReports) { _ in try producer.enqueue(message(early)) }
                let reports = producer.deliveryReports
                try producer.enqueue(message(late))
                let report = await reports.first { _ in true }
                #expect(report?.context.traceID == late.traceID && report?.error != nil)
                try await producer.flush()
            }
        }
        #expect(lines.map(\.message) == ["message not delivered"])
    }

    @Test("After a fatal error, the messages that wait report that error")
    func fatal() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        var configuration = kafka.producerConfiguration
        configuration.isIdempotenceEnabled = true
        // InitProducerId, CLUSTER_AUTHORIZATION_FAILED.
        kafka.fail(.init(rawValue: 22), with: [.init(rawValue: 31)])
        try await withKafkaProducer(configuration) { producer in
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(KafkaMessage(topic: "frames", value: "x"))
            }
            #expect(error?.isFatal == true && error?.message.contains("authorization") == true)
        }
    }

    @Test("A closure may enqueue messages, whose closures run as well")
    func nested() async throws {
        let topic = try await TestBroker.topic()
        let left = Count()
        let done = Promise<Void>()
        try await withKafkaProducer(TestBroker.producer()) { producer in
            @Sendable func enqueue() {
                do {
                    try producer.enqueue(KafkaMessage(topic: topic, value: "x")) { _ in
                        if left.add() < 1500 { enqueue() } else { done.resolve(()) }
                    }
                } catch {
                    Issue.record(error)
                    done.resolve(())
                }
            }
            for _ in 0..<600 { enqueue() }
            await done.value
        }
        #expect(left.value == 1500 + 599)
    }

    enum Sending: CaseIterable {
        case unattended, closure, awaited, taken, notTaken, refused
    }

    /// Counts the references to its context without taking part in the count.
    private final class Held: Sendable {
        let context = LogContext.newTrace()
        var references: UInt { _getRetainCount(context.storage) }

        func message(_ topic: String) -> KafkaMessage { KafkaMessage(topic: topic, value: "x", context: context) }
    }

    @Test(
        "Each way to send holds a context until its report, and releases it exactly once",
        arguments: Sending.allCases
    )
    func references(_ sending: Sending) async throws {
        let topic = try await TestBroker.topic()
        let held = Held()
        let producer = try KafkaProducer(TestBroker.producer())
        let before = held.references
        try await Self.send(held, to: topic, sending, producer)
        try await producer.shutdown()
        await until { held.references <= before }
        #expect(held.references == before)
    }

    private static func send(
        _ held: Held,
        to topic: String,
        _ sending: Sending,
        _ producer: KafkaProducer
    ) async throws {
        switch sending {
        case .unattended: for _ in 0..<1000 { try producer.enqueue(held.message(topic)) }
        case .closure: for _ in 0..<1000 { try producer.enqueue(held.message(topic)) { #expect($0.isAcknowledged) } }
        case .awaited: for _ in 0..<10 { try await producer.send(held.message(topic)) }
        case .taken, .notTaken:
            let reports = producer.deliveryReports
            for _ in 0..<1000 { try producer.enqueue(held.message(topic)) }
            var taken = 0
            for await report in reports.prefix(sending == .taken ? 1000 : 10) where report.isAcknowledged { taken += 1 }
            #expect(taken == (sending == .taken ? 1000 : 10))
        case .refused:
            try await producer.shutdown()
            for _ in 0..<10 {
                #expect(throws: KafkaError.self) { try producer.enqueue(held.message(topic)) }
                #expect(throws: KafkaError.self) { try producer.enqueue(held.message(topic)) { _ in } }
                await #expect(throws: KafkaError.self) { try await producer.send(held.message(topic)) }
            }
        }
    }

    @Test("Several readers share the reports, and none is lost or comes twice")
    func readers() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            let reports = producer.deliveryReports
            let readers = (0..<3).map { _ in
                Task {
                    var offsets: [KafkaOffset?] = []
                    for await report in reports { offsets.append(report.offset) }
                    return offsets
                }
            }
            for _ in 0..<5000 { try producer.enqueue(KafkaMessage(topic: topic, value: "x")) }
            producer.triggerGracefulShutdown()
            var offsets: [Int] = []
            for reader in readers {
                let own = await reader.value.compactMap { $0?.rawValue }
                // Each reader gets its reports in order.
                #expect(own == own.sorted())
                offsets += own
            }
            #expect(offsets.sorted() == Array(0..<5000))
        }
    }

    @Test("A producer sends to more topics than it has handles for, from several threads, and is destroyed at its end")
    func topics() async throws {
        let names = (0..<20).map { "frames-\($0)" }
        let kafka = try EmbeddedKafka(topics: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
        let end = AsyncStream<Void>.makeStream()
        do {
            let producer = try KafkaProducer(kafka.producerConfiguration)
            producer.core.callbacks.onDestroyed { end.continuation.finish() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for thread in 0..<2 {
                    group.addTask {
                        for round in 0..<2 {
                            for name in names.shuffled() {
                                let value = "\(name) \(thread) \(round)"
                                let place = try await producer.send(KafkaMessage(topic: name, value: value))
                                #expect(place.topic == name)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await producer.shutdown()
            for name in [names[0], names[19]] {
                let records = try await withKafkaConsumer(kafka.consumerConfiguration(.all(name))) {
                    try await $0.take(4)
                }
                #expect(records.allSatisfy { $0.text?.hasPrefix("\(name) ") == true })
            }
        }
        // This loop ends only if every handle was given back.
        for await _ in end.stream {}
    }

    @Test("Messages of one context carry its headers each time, in the formats of their producer")
    func headers() async throws {
        let topic = try await TestBroker.topic()
        let context = LogContext.newTrace(executionID: "run-7")
        let own = [
            KafkaHeader(key: "a", value: "1"), KafkaHeader(key: "TraceParent", value: "stale"),
            KafkaHeader(key: "a", value: [UInt8]?.none),
        ]
        let lists = [HeaderCodecs(), HeaderCodecs([.b3]), HeaderCodecs([.plain], sendsExecution: false)]
        for codecs in lists {
            var configuration = try TestBroker.orderedProducer()
            configuration.headerCodecs = codecs
            try await withKafkaProducer(configuration) { producer in
                for index in 0..<4 {
                    let headers = index % 2 == 0 ? own : []
                    try await producer.send(
                        KafkaMessage(topic: topic, value: "x", headers: headers, context: context)
                    )
                }
            }
        }
        let records = try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { try await $0.take(12) }
        for (index, record) in records.enumerated() {
            var expected = index % 2 == 0 ? own : []
            lists[index / 4].inject(context, into: &expected)
            #expect(record.headers == expected)
        }
    }
}
