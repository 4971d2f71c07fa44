#if DistributedTracing
import ContextLog
import ContextPropagation
import InMemoryTracing
import KafkaPropagation
import KafkaPropagationTesting
import PropagationTesting
import TestSupport
import Testing
import Tracing
import TracingPropagation

/// A process has one tracer, so each test has a process of its own.
@Suite("Spans of messages, with a tracer", .timeLimit(.minutes(10)))
struct MessagingTracerTests {
    private struct Fault: Error {}

    @Test("Each message has a producer span, each attempt of a record a consumer span below it, and lines carry its ID")
    func chain() async {
        await #expect(processExitsWith: .success) { try await MessagingTracerTests.chainAlone() }
    }

    static func chainAlone() async throws {
        let tracer = W3CTracer()
        InstrumentationSystem.bootstrap(MultiplexInstrument([LogContextInstrument(), tracer]))
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            try await withLoggedSpan("ingest") { _ in
                try await producer.send(KafkaMessage(topic: "frames", value: "sent"))
                try producer.enqueue(KafkaMessage(topic: "frames", value: "enqueued"))
                let reported = Gate()
                try producer.enqueue(KafkaMessage(topic: "frames", value: "closure")) { _ in reported.open() }
                await reported.pass()
            }
            try await producer.flush()
        }
        await until { tracer.finished.count == 4 }
        let ingest = try #require(tracer.span("ingest"))
        let sent = tracer.finished.filter { $0.operationName == "send frames" }
        #expect(sent.count == 3 && sent.allSatisfy { $0.kind == .producer && $0.parentSpanID == ingest.spanID })
        #expect(sent.allSatisfy { $0.traceID == ingest.traceID && $0.errors.isEmpty })

        let records = Locked<[(KafkaRecord, LogContext, ServiceContext?)]>([])
        let consumer = try ParallelConsumer(
            kafka.consumerConfiguration(.group(id: "detector", topics: ["frames"])),
            maxConcurrency: 2
        ) { record in
            records.append((record, .current, .current))
            if record.offset.rawValue == 1, record.attempt == 1 { throw Fault() }
            withLoggedSpan("detect") { _ in }
        }
        await until { tracer.finished.filter { $0.operationName == "process frames" }.count == 4 }
        await consumer.shutdown()
        let handled = tracer.finished.filter { $0.operationName == "process frames" }
        #expect(handled.allSatisfy { $0.kind == .consumer && $0.traceID == ingest.traceID })
        #expect(Set(handled.compactMap(\.parentSpanID)) == Set(sent.map(\.spanID)))
        #expect(handled.filter { $0.errors.first?.error is Fault && $0.status?.code == .error }.count == 1)
        // Each record's lines have the ID of the record's consumer span, and spans in the handler are below it.
        #expect(Set(records.value.compactMap { $0.1.spanID?.description }) == Set(handled.map(\.spanID)))
        #expect(records.value.allSatisfy { $0.1.spanID?.description == $0.2?.inMemorySpanContext?.spanID })
        let detected = tracer.finished.filter { $0.operationName == "detect" }
        let good = handled.filter { $0.errors.isEmpty }
        #expect(detected.count == 3 && Set(detected.compactMap(\.parentSpanID)) == Set(good.map(\.spanID)))
        // A header of the tracer that no codec writes.
        #expect(records.value.allSatisfy { $0.0.header("tracer-private")?.value == Array("yes".utf8) })
        #expect(records.value.allSatisfy { $0.0.headers.filter { $0.key == "traceparent" }.count == 1 })

        let attributes = try #require(handled.first { !$0.errors.isEmpty }).attributes
        #expect(attributes["messaging.system"]?.toSpanAttribute() == .string("kafka"))
        #expect(attributes["messaging.operation.type"]?.toSpanAttribute() == .string("process"))
        #expect(attributes["messaging.destination.name"]?.toSpanAttribute() == .string("frames"))
        #expect(attributes["messaging.destination.partition.id"]?.toSpanAttribute() == .string("0"))
        #expect(attributes["messaging.kafka.offset"]?.toSpanAttribute() == .int64(1))
        #expect(attributes["messaging.consumer.group.name"]?.toSpanAttribute() == .string("detector"))
        #expect(attributes["error.type"] != nil)
        #expect(Set(sent.compactMap { $0.attributes["messaging.kafka.offset"] }.map { "\($0)" }).count == 3)
    }

    @Test("A span in a pool's job is a child of the handler's span, with no instrument but the tracer")
    func pool() async {
        await #expect(processExitsWith: .success) { try await MessagingTracerTests.poolAlone() }
    }

    static func poolAlone() async throws {
        let tracer = W3CTracer()
        InstrumentationSystem.bootstrap(tracer)
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            _ = try await producer.send(KafkaMessage(topic: "frames", value: "1"))
        }
        try await withWorkerPool(.init(name: "pool", workers: 1)) { pool in
            let consumer = try ParallelConsumer(
                kafka.consumerConfiguration(.group(id: "detector", topics: ["frames"])),
                maxConcurrency: 1
            ) { _ in try await pool.perform { withSpan("query") { _ in } } }
            await until { tracer.span("process frames") != nil }
            await consumer.shutdown()
        }
        #expect(tracer.span("query")?.parentSpanID == tracer.span("process frames")?.spanID)
    }

    @Test("The span of a message that is not accepted ends with its error")
    func refused() async {
        await #expect(processExitsWith: .success) {
            let tracer = W3CTracer()
            InstrumentationSystem.bootstrap(tracer)
            let kafka = try EmbeddedKafka(topics: ["frames": 1])
            let producer = try KafkaProducer(kafka.producerConfiguration)
            try await producer.shutdown()
            let message = KafkaMessage(topic: "frames", value: "late")
            await #expect(throws: KafkaError.self) { try await producer.send(message) }
            #expect(throws: KafkaError.self) { try producer.enqueue(message) }
            #expect(throws: KafkaError.self) { try producer.enqueue(message) { _ in } }
            #expect(tracer.finished.count == 3 && tracer.finished.allSatisfy { $0.errors.first?.error is KafkaError })
            #expect(tracer.memory.activeSpans.isEmpty)
        }
    }

    @Test("A message with a context of its own has a span in that context's trace, whatever span is current")
    func explicit() async {
        await #expect(processExitsWith: .success) {
            let tracer = W3CTracer()
            InstrumentationSystem.bootstrap(tracer)
            let kafka = try EmbeddedKafka(topics: ["frames": 1])
            let trace = LogContext.newTrace()
            try await withKafkaProducer(kafka.producerConfiguration) { producer in
                try await withSpan("other") { _ in
                    var message = KafkaMessage(topic: "frames", value: "own")
                    message.context = trace
                    try await producer.send(message)
                }
            }
            #expect(tracer.span("send frames")?.traceID == trace.traceID?.description)
            #expect(tracer.span("send frames")?.traceID != tracer.span("other")?.traceID)
        }
    }

    @Test("A message whose own context has no trace is sent as it is, also in a span of the tracer")
    func withoutTrace() async {
        await #expect(processExitsWith: .success) { try await MessagingTracerTests.withoutTraceAlone() }
    }

    static func withoutTraceAlone() async throws {
        let tracer = W3CTracer()
        InstrumentationSystem.bootstrap(MultiplexInstrument([tracer, LogContextInstrument()]))
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            try await withSpan("other") { _ in
                let forwarded = KafkaMessage(
                    topic: "frames",
                    value: "forwarded",
                    headers: [KafkaHeader(key: "traceparent", value: header)],
                    context: LogContext()
                )
                try await producer.send(forwarded)
                let order = LogContext(correlationID: "order-1234")
                try await producer.send(KafkaMessage(topic: "frames", value: "order", context: order))
            }
        }
        let records = try await handled(2, of: kafka).map(\.record)
        #expect(records.first?.header("traceparent")?.value == Array(header.utf8))
        #expect(records.last?.header("trace_id")?.value == Array("order-1234".utf8))
        #expect(records.last?.header("traceparent") == nil)
    }

    @Test("The handler's lines have the trace that the consumer's codecs read, whatever other headers a record has")
    func ownCodecs() async {
        await #expect(processExitsWith: .success) { try await MessagingTracerTests.ownCodecsAlone() }
    }

    static func ownCodecsAlone() async throws {
        let tracer = W3CTracer()
        InstrumentationSystem.bootstrap(MultiplexInstrument([tracer, LogContextInstrument()]))
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let sender = "0af7651916cd43dd8448eb211c80319c"
        let headers = [
            KafkaHeader(key: "traceparent", value: "00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01"),
            KafkaHeader(key: "traceparent", value: "00-\(sender)-b7ad6b7169203331-01"),
            KafkaHeader(key: "tracer-private", value: "yes"),
        ]
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            _ = try await producer.send(
                KafkaMessage(topic: "frames", value: "1", headers: headers, context: LogContext())
            )
        }
        let codecs: [(HeaderCodecs, readsSender: Bool)] = [
            (HeaderCodecs([]), false), (HeaderCodecs([.plain]), false), (HeaderCodecs(duplicates: .restart), false),
            (HeaderCodecs(), true),
        ]
        for (index, (codecs, readsSender)) in codecs.enumerated() {
            let records = Locked<[(KafkaRecord, LogContext, ServiceContext?)]>([])
            var configuration = kafka.consumerConfiguration(.group(id: "detector-\(index)", topics: ["frames"]))
            configuration.headerCodecs = codecs
            let consumer = try ParallelConsumer(configuration, maxConcurrency: 1) { record in
                records.append((record, .current, .current))
            }
            await until { records.value.count == 1 }
            await consumer.shutdown()
            let (record, context, service) = try #require(records.value.first)
            #expect((record.context.traceID?.description == sender) == readsSender)
            #expect(context.traceID == record.context.traceID, "codecs \(index)")
            #expect(service?.inMemorySpanContext?.traceID == context.traceID?.description, "codecs \(index)")
            #expect(service?[PrivateHeader.self] == "yes", "codecs \(index)")
            await until { tracer.finished.count == index + 1 }
            #expect((tracer.finished.last?.parentSpanID == "b7ad6b7169203331") == readsSender)
        }
    }

    @Test("The spans of a tombstone say so, and those of an empty value do not")
    func tombstones() async {
        await #expect(processExitsWith: .success) { try await MessagingTracerTests.tombstonesAlone() }
    }

    static func tombstonesAlone() async throws {
        let tracer = W3CTracer()
        InstrumentationSystem.bootstrap(tracer)
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let noValue: String? = nil
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for value in [noValue, ""] {
                _ = try await producer.send(KafkaMessage(topic: "frames", key: "k", value: value))
            }
        }
        _ = try await handled(2, of: kafka)
        await until { tracer.finished.count == 4 }
        let marked = tracer.finished.map { $0.attributes["messaging.kafka.message.tombstone"]?.toSpanAttribute() }
        #expect(marked == [.bool(true), nil, .bool(true), nil])
    }

    /// Handles the first records of the topic "frames". Returns each with the context in its handler.
    private static func handled(
        _ count: Int,
        of kafka: EmbeddedKafka
    ) async throws -> [(record: KafkaRecord, context: LogContext)] {
        let records = Locked<[(record: KafkaRecord, context: LogContext)]>([])
        let consumer = try ParallelConsumer(
            kafka.consumerConfiguration(.group(id: "detector", topics: ["frames"])),
            maxConcurrency: 1
        ) { record in records.append((record, .current)) }
        await until { records.value.count == count }
        await consumer.shutdown()
        return records.value
    }

    @Test("A message and its handler keep the trace if the sampler drops their spans, and the trace is not sampled")
    func dropped() async {
        await #expect(processExitsWith: .success) { try await MessagingTracerTests.droppedAlone() }
    }

    static func droppedAlone() async throws {
        InstrumentationSystem.bootstrap(MultiplexInstrument([LogContextInstrument(), DroppingTracer()]))
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let trace = LogContext.newTrace()
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            try await producer.send(KafkaMessage(topic: "frames", value: "dropped", context: trace))
            // A sender that samples, as another service is.
            let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let sampled = KafkaMessage(
                topic: "frames",
                value: "sampled",
                headers: [KafkaHeader(key: "traceparent", value: header)],
                context: LogContext()
            )
            try await producer.send(sampled)
        }
        let records = try await handled(2, of: kafka)
        let sent = records.map(\.record.context)
        #expect(sent.first?.traceID == trace.traceID)
        #expect(sent.map { $0.traceFlags.contains(.sampled) } == [false, true])
        #expect(records.map(\.context.traceID) == sent.map(\.traceID))
        #expect(records.allSatisfy { !$0.context.traceFlags.contains(.sampled) })
    }

    @Test("The span of a batch links to the spans that sent its records")
    func batch() async {
        await #expect(processExitsWith: .success) { try await MessagingTracerTests.batchAlone() }
    }

    static func batchAlone() async throws {
        let tracer = W3CTracer()
        InstrumentationSystem.bootstrap(tracer)
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for index in 0..<3 { try await producer.send(KafkaMessage(topic: "frames", value: "\(index)")) }
        }
        let sent = tracer.finished
        #expect(Set(sent.map(\.traceID)).count == 3)
        let gate = Gate()
        let consumer = try ParallelConsumer(
            kafka.consumerConfiguration(.group(id: "detector", topics: ["frames"])),
            ordering: .unordered,
            maxConcurrency: 1,
            batchSize: 3
        ) { batch in
            // The first batch waits until all records are there.
            if batch.contains(where: { $0.offset.rawValue == 0 }) { await gate.pass() }
        }
        await until { consumer.statistics.partitions.first?.records == 3 }
        gate.open()
        await until { consumer.statistics.partitions.first?.lag == 0 }
        await consumer.shutdown()
        let handled = tracer.finished.filter { $0.kind == .consumer }
        let linked =
            handled.flatMap { $0.links.compactMap { $0.context.inMemorySpanContext?.spanID } }
            + handled.filter(\.links.isEmpty).compactMap(\.parentSpanID)
        #expect(linked.count == 3 && Set(linked) == Set(sent.map(\.spanID)))
        #expect(handled.contains { $0.links.count > 1 })
    }

    @Test("Without a tracer, a message carries the IDs of the request that the instrument read")
    func instrumentOnly() async {
        await #expect(processExitsWith: .success) {
            let instrument = LogContextInstrument()
            InstrumentationSystem.bootstrap(instrument)
            let kafka = try EmbeddedKafka(topics: ["frames": 1])
            let request = ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]
            try await withKafkaProducer(kafka.producerConfiguration) { producer in
                try await ServiceContext.$current.withValue(instrument.context(of: request)) {
                    _ = try await producer.send(KafkaMessage(topic: "frames", value: "1"))
                }
            }
            let traces = Locked<[TraceID?]>([])
            let consumer = try ParallelConsumer(
                kafka.consumerConfiguration(.group(id: "detector", topics: ["frames"])),
                maxConcurrency: 1
            ) { record in traces.append(LogContext.current.traceID) }
            await until { traces.value.count == 1 }
            await consumer.shutdown()
            #expect(traces.value.first??.description == "0af7651916cd43dd8448eb211c80319c")
        }
    }
}
#endif
