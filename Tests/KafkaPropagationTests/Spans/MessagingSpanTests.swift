import ContextPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import ContextLog
@testable import KafkaPropagation

/// The exporter belongs to the process, and changes how every message of the process is sent. So each test has a
/// process of its own.
@Suite("Spans of messages", .timeLimit(.minutes(10)))
struct MessagingSpanTests {
    private struct Fault: Error {}

    private struct Exporter: SpanExporter {
        let spans = Locked<[FinishedSpan]>([])
        let topic: String

        func export(_ span: FinishedSpan) {
            if span.name.hasSuffix(" \(topic)") { spans.change { $0.append(span) } }
        }
    }

    private static func withExporter(_ topic: String, _ body: (Exporter) async throws -> Void) async throws {
        let exporter = Exporter(topic: topic)
        SpanExport.install(exporter)
        defer { SpanExport.install(nil) }
        try await body(exporter)
    }

    private static func text(_ span: FinishedSpan?) -> String {
        span?.attributes.map { String(decoding: $0.bytes, as: UTF8.self) }.joined() ?? ""
    }

    @Test("A message that is sent, enqueued or enqueued with a closure has a span, and the record's span is below it")
    func chain() async {
        await #expect(processExitsWith: .success) { try await MessagingSpanTests.chainAlone() }
    }

    static func chainAlone() async throws {
        let topic = try await TestBroker.topic()
        try await withExporter(topic) { exporter in
            let trace = LogContext.newTrace()
            try await LogContext.$current.withValue(trace) {
                try await withKafkaProducer(TestBroker.producer()) { producer in
                    try await producer.send(KafkaMessage(topic: topic, value: "sent"))
                    try producer.enqueue(KafkaMessage(topic: topic, value: "enqueued"))
                    let reported = Gate()
                    try producer.enqueue(KafkaMessage(topic: topic, value: "closure")) { _ in reported.open() }
                    await reported.pass()
                    try await producer.flush()
                }
            }
            await until { exporter.spans.value.count == 3 }
            let sent = exporter.spans.value
            #expect(sent.allSatisfy { $0.kind == .producer && $0.name == "send \(topic)" && $0.parent == nil })
            #expect(sent.allSatisfy { $0.context.traceID == trace.traceID && $0.start <= $0.end })

            let bodies = Locked<[LogContext]>([])
            let configuration = try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
            let consumer = try ParallelConsumer(configuration, maxConcurrency: 2) { record in
                bodies.change { $0.append(.current) }
                if record.offset.rawValue == 1, bodies.value.count < 4 { throw Fault() }
            }
            await until { exporter.spans.value.count >= 7 }
            await consumer.shutdown()
            let handled = exporter.spans.value.filter { $0.kind == .consumer }
            #expect(handled.count == 4 && handled.filter { $0.error is Fault }.count == 1)
            #expect(Set(handled.compactMap(\.parent)) == Set(sent.compactMap(\.context.spanID)))
            // A span for each attempt.
            #expect(Set(handled.compactMap(\.context.spanID)).count == 4)
            #expect(Set(handled.compactMap(\.context.spanID)) == Set(bodies.value.compactMap(\.spanID)))
            let attributes = text(handled.first { $0.error != nil })
            for part in [
                #""messaging.system":"kafka""#, #""messaging.operation.type":"process""#,
                #""messaging.destination.name":"\#(topic)""#, #""messaging.destination.partition.id":"0""#,
                #""messaging.kafka.offset":1"#, #""messaging.consumer.group.name":"group-\#(topic)""#, "Fault",
            ] { #expect(attributes.contains(part), "\(attributes)") }
            #expect(text(sent.first).contains(#""messaging.kafka.offset":0"#))
        }
    }

    @Test("The span of a batch links to the spans that sent its records")
    func batch() async {
        await #expect(processExitsWith: .success) { try await MessagingSpanTests.batchAlone() }
    }

    static func batchAlone() async throws {
        let topic = try await TestBroker.topic()
        try await withExporter(topic) { exporter in
            try await withKafkaProducer(TestBroker.producer()) { producer in
                for index in 0..<3 {
                    try await LogContext.$current.withValue(.newTrace()) {
                        _ = try await producer.send(KafkaMessage(topic: topic, key: "k", value: "\(index)"))
                    }
                }
            }
            let sent = exporter.spans.value
            let configuration = try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
            let gate = Gate()
            let consumer = try ParallelConsumer(configuration, maxConcurrency: 1, batchSize: 3) { batch in
                // The first batch waits until all records are there.
                if batch.contains(where: { $0.offset.rawValue == 0 }) { await gate.pass() }
            }
            await until { consumer.statistics.partitions.first?.records == 3 }
            gate.open()
            await until { consumer.statistics.partitions.first?.lag == 0 }
            await consumer.shutdown()
            let handled = exporter.spans.value.filter { $0.kind == .consumer }
            let linked =
                handled.flatMap { $0.links.map(\.spanID) } + handled.filter(\.links.isEmpty).compactMap(\.parent)
            #expect(linked.count == 3 && Set(linked) == Set(sent.compactMap(\.context.spanID)))
            #expect(handled.contains { $0.links.count > 1 })
            for span in handled where !span.links.isEmpty {
                #expect(text(span).contains(#""messaging.batch.message_count":\#(span.links.count)"#))
            }
        }
    }

    @Test("The spans of a tombstone say so, and those of an empty value do not")
    func tombstones() async {
        await #expect(processExitsWith: .success) { try await MessagingSpanTests.tombstonesAlone() }
    }

    static func tombstonesAlone() async throws {
        let topic = try await TestBroker.topic()
        let noValue: String? = nil
        try await withExporter(topic) { exporter in
            try await LogContext.$current.withValue(.newTrace()) {
                try await withKafkaProducer(TestBroker.producer()) { producer in
                    for value in [noValue, ""] {
                        let message = KafkaMessage(topic: topic, key: "k", value: value)
                        try await producer.send(message)
                        try producer.enqueue(message)
                        let reported = Gate()
                        try producer.enqueue(message) { _ in reported.open() }
                        await reported.pass()
                    }
                    try await producer.flush()
                }
            }
            await until { exporter.spans.value.count == 6 }
            let configuration = try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
            let consumer = try ParallelConsumer(configuration, maxConcurrency: 2) { _ in }
            await until { exporter.spans.value.count >= 12 }
            await consumer.shutdown()
            let spans = exporter.spans.value.map { (kind: $0.kind, text: text($0)) }
            for kind in [FinishedSpan.Kind.producer, .consumer] {
                let texts = spans.filter { $0.kind == kind }.map(\.text)
                // The offsets of the tombstones.
                let marked = (0..<6).filter { offset in
                    texts.contains {
                        $0.contains("\"messaging.kafka.offset\":\(offset)")
                            && $0.contains("\"messaging.kafka.message.tombstone\":true")
                    }
                }
                #expect(marked == [0, 1, 2], "\(kind): \(texts)")
                #expect(texts.count { $0.contains("tombstone") } == 3)
            }
        }
    }

    @Test("A message whose task is cancelled before the report has a span with an error")
    func cancelled() async {
        await #expect(processExitsWith: .success) { try await MessagingSpanTests.cancelledAlone() }
    }

    static func cancelledAlone() async throws {
        try await withExporter("frames") { exporter in
            let kafka = try EmbeddedKafka(topics: ["frames": 1])
            let trace = LogContext.newTrace()
            try await withKafkaProducer(kafka.producerConfiguration) { producer in
                _ = try await producer.send(KafkaMessage(topic: "frames", value: "first", context: trace))
                try kafka.setBrokerDown(1)
                let sender = Task {
                    try await producer.send(KafkaMessage(topic: "frames", value: "second", context: trace))
                }
                await until { producer.core.outstanding == 1 }
                sender.cancel()
                await #expect(throws: CancellationError.self) { try await sender.value }
                try kafka.setBrokerUp(1)
            }
            let spans = exporter.spans.value
            #expect(spans.count == 2)
            #expect(spans.first?.error == nil)
            #expect((spans.last?.error as? KafkaError)?.code == .cancelled)
        }
    }

    @Test("A message whose trace is not sampled has no span, and carries the sender's own span")
    func notSampled() async {
        await #expect(processExitsWith: .success) { try await MessagingSpanTests.notSampledAlone() }
    }

    static func notSampledAlone() async throws {
        let topic = try await TestBroker.topic()
        try await withExporter(topic) { exporter in
            let trace = LogContext.newTrace(traceFlags: [])
            try await LogContext.$current.withValue(trace) {
                try await withKafkaProducer(TestBroker.producer()) { producer in
                    _ = try await producer.send(KafkaMessage(topic: topic, value: "sent"))
                }
            }
            let record = try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
                for try await record in consumer { return record.context }
                return LogContext()
            }
            #expect(record.parentSpanID == trace.spanID && record.traceID == trace.traceID)
            #expect(exporter.spans.value.isEmpty)
        }
    }
}
