import ContextLog
import ContextPropagation
import KafkaPropagation
import KafkaPropagationTesting
import OTel
import PropagationTesting
import Synchronization
import Testing
import Tracing
import TracingPropagation

private let log = Log("traced")

/// A process has one tracer, so each test has a process of its own.
@Suite("Spans that swift-otel records", .timeLimit(.minutes(10)))
struct RecordedSpanTests {
    @Test("Lines in a span carry its trace and its ID, and the execution and the task of the code around it")
    func lines() async {
        await #expect(processExitsWith: .success) { try await RecordedSpanTests.linesAgree() }
    }

    static func linesAgree() async throws {
        try OTelProcess.bootstrap()
        let spans = Mutex<[String: TraceParent]>([:])
        func note(_ name: String) { spans.withLock { $0[name] = ServiceContext.current?.spanOfTracer } }
        let lines = await capturedLines {
            await withLogContext(LogContext(executionID: "run-7", taskID: "ingest")) {
                await withLoggedSpan("outer") { _ in
                    note("outer")
                    log.info("outer")
                    withLoggedSpan("inner") { _ in
                        note("inner")
                        log.info("inner")
                    }
                    await withSpan("plain") { _ in
                        note("plain")
                        await withLogContext(following: .current) {
                            await Task.yield()
                            log.info("plain")
                        }
                    }
                }
            }
        }
        #expect(Set(lines.map(\.message)) == ["outer", "inner", "plain"])
        let found = spans.withLock { $0 }
        #expect(Set(found.values.map(\.spanID)).count == 3 && Set(found.values.map(\.traceID)).count == 1)
        for line in lines {
            #expect(
                line.traceID == found[line.message]?.traceID.description && line.spanID == found[line.message]?.spanID
            )
            #expect(line.executionID == "run-7" && line.taskID == "ingest")
        }
    }

    @Test("In both orders of the instruments, a request carries one trace: that of the tracer's span")
    func requests() async {
        await #expect(processExitsWith: .success) { try RecordedSpanTests.requestAgrees(tracerFirst: true) }
        await #expect(processExitsWith: .success) { try RecordedSpanTests.requestAgrees(tracerFirst: false) }
    }

    static func requestAgrees(tracerFirst: Bool) throws {
        try OTelProcess.bootstrap(tracerFirst: tracerFirst)
        try withLogContext(LogContext(executionID: "run-7")) {
            try withSpan("client") { span in
                let client = try #require(span.context.spanOfTracer)
                let sent = OTelProcess.sent()
                #expect(sent["traceparent"].flatMap { TraceParent($0) } == client)
                #expect(sent["trace_id"] == client.traceID.description && sent["execution_id"] == "run-7")
                // The server of the request, in another process.
                withSpan("server", context: OTelProcess.received(sent)) { server in
                    #expect(server.context.spanOfTracer?.traceID == client.traceID)
                    #expect(server.context.spanOfTracer?.spanID != client.spanID)
                    withLogContext(following: .current) {
                        #expect(LogContext.current.executionID == "run-7")
                        #expect(LogContext.current.spanID == server.context.spanOfTracer?.spanID)
                    }
                }
            }
        }
    }

    @Test("A span continues the trace that is bound, and a new trace leaves the span's")
    func continues() async {
        await #expect(processExitsWith: .success) {
            try OTelProcess.bootstrap(tracerFirst: true)
            // As a process with TRACEPARENT has it.
            let process = LogContext(environment: [
                "TRACEPARENT": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            ])
            let other = LogContext.newTrace()
            withLogContext(process) {
                withLoggedSpan("first") { first in
                    #expect(first.context.spanOfTracer?.traceID == process.traceID)
                    withLogContext(other) {
                        let sent = OTelProcess.sent()
                        #expect(sent["trace_id"] == other.traceID?.description)
                        #expect(sent["traceparent"].flatMap { TraceParent($0) }?.traceID == other.traceID)
                        withLoggedSpan("second") { #expect($0.context.spanOfTracer?.traceID == other.traceID) }
                    }
                    withLogContext(LogContext.current.child()) {
                        withLoggedSpan("third") { #expect($0.context.spanOfTracer?.traceID == process.traceID) }
                    }
                }
            }
        }
    }

    @Test("A message carries the producer's span, and the handler's lines the consumer's span, below that one")
    func messages() async {
        await #expect(processExitsWith: .success) { try await RecordedSpanTests.messageAgrees() }
    }

    static func messageAgrees() async throws {
        try OTelProcess.bootstrap()
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let ingest = try await withKafkaProducer(kafka.producerConfiguration) { producer in
            try await withLoggedSpan("ingest") { span in
                try await producer.send(KafkaMessage(topic: "frames", value: "pixels"))
                return try #require(span.context.spanOfTracer)
            }
        }
        let handled = try await handledRecord(kafka)
        #expect(handled.sender.traceID == ingest.traceID && handled.sender.spanID != ingest.spanID)
        #expect(handled.context.traceID == ingest.traceID && handled.context.parentSpanID == handled.sender.spanID)
        #expect(handled.span?.traceID == ingest.traceID && handled.span?.spanID == handled.context.spanID)
    }
}

/// A record in its handler.
struct HandledRecord {
    /// The span in the record's header.
    let sender: TraceParent
    let context: LogContext
    let span: TraceParent?
}

/// Handles the first record of the topic "frames".
func handledRecord(_ kafka: EmbeddedKafka) async throws -> HandledRecord {
    let (records, continuation) = AsyncStream<HandledRecord?>.makeStream()
    var configuration = kafka.consumerConfiguration(.group(id: "detector", topics: ["frames"]))
    configuration.autoOffsetReset = .earliest
    let consumer = try ParallelConsumer(configuration, maxConcurrency: 1) { record in
        let header = record.header("traceparent")?.value.map { String(decoding: $0, as: UTF8.self) }
        continuation.yield(
            header.flatMap { TraceParent($0) }.map {
                HandledRecord(sender: $0, context: .current, span: ServiceContext.current?.spanOfTracer)
            }
        )
    }
    let handled = await records.first { _ in true }
    await consumer.shutdown()
    return try #require(handled ?? nil)
}
