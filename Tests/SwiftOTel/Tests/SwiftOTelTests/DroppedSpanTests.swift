import ContextLog
import ContextPropagation
import KafkaPropagation
import KafkaPropagationTesting
import OTel
import PropagationTesting
import Testing
import Tracing
import TracingPropagation

private let log = Log("traced")

/// swift-otel gives a span that its sampler drops an empty context.
@Suite("Spans that swift-otel's sampler drops", .timeLimit(.minutes(10)))
struct DroppedSpanTests {
    @Test("A request that is not sampled keeps its trace on lines, in requests and in messages, as not sampled")
    func requestNotSampled() async {
        await #expect(processExitsWith: .success) {
            try await DroppedSpanTests.keepsTrace(.parentBasedAlwaysOn, received: "00")
        }
    }

    @Test("A request whose span the sampler drops keeps its trace, and is sent on as not sampled")
    func requestDropped() async {
        await #expect(processExitsWith: .success) {
            try await DroppedSpanTests.keepsTrace(.traceIDRatio(ratio: 0) ?? .alwaysOff, received: "01")
        }
    }

    @Test("A request whose span a tracer drops that is off keeps its trace, and is sent on as not sampled")
    func off() async {
        await #expect(processExitsWith: .success) {
            try await DroppedSpanTests.keepsTrace(.alwaysOff, received: "01")
        }
    }

    static func keepsTrace(_ sampler: OTelProcess.Sampler, received flags: String) async throws {
        try OTelProcess.bootstrap(sampler)
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let request = OTelProcess.received(["traceparent": "00-\(trace)-b7ad6b7169203331-\(flags)"])
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let lines = try await capturedLines {
            try await withLogContext(following: request) {
                try await withLoggedSpan("server", ofKind: .server) { _ in
                    log.info("handled")
                    let sent = OTelProcess.sent()["traceparent"].flatMap { TraceParent($0) }
                    #expect(sent?.traceID.description == trace && sent?.traceFlags.contains(.sampled) == false)
                    try await withKafkaProducer(kafka.producerConfiguration) { producer in
                        try await producer.send(KafkaMessage(topic: "frames", value: "pixels"))
                    }
                }
            }
        }
        #expect(lines.first(message: "handled")?.traceID == trace)
        let handled = try await handledRecord(kafka)
        #expect(handled.sender.traceID.description == trace && !handled.sender.traceFlags.contains(.sampled))
        #expect(handled.context.traceID?.description == trace && handled.span == nil)
    }

    @Test("A middleware of a server that binds the request around the tracer's middleware keeps its trace")
    func middleware() async {
        await #expect(processExitsWith: .success) {
            try OTelProcess.bootstrap(.parentBasedAlwaysOn)
            let request = OTelProcess.received([
                "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
            ])
            // As Hummingbird's TracingMiddleware does it: the dropped span's context is empty.
            func tracingMiddleware() -> LogContext {
                let span = startSpan("request", context: request, ofKind: .server)
                return ServiceContext.$current.withValue(span.context) { LogContext.following() }
            }
            #expect(tracingMiddleware().traceID == nil)
            let context = withLogContext(following: request) { tracingMiddleware() }
            #expect(context.traceID?.description == "0af7651916cd43dd8448eb211c80319c")
            #expect(!context.traceFlags.contains(.sampled))
        }
    }

    @Test("A trace that begins in a dropped span is not sampled in the services behind it")
    func newTrace() async {
        await #expect(processExitsWith: .success) { try await DroppedSpanTests.newTraceIsNotSampled() }
    }

    static func newTraceIsNotSampled() async throws {
        try OTelProcess.bootstrap(.traceIDRatio(ratio: 0) ?? .alwaysOff)
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        _ = try await withLogContext(following: OTelProcess.received([:])) {
            try await withLoggedSpan("server", ofKind: .server) { _ in
                try await withKafkaProducer(kafka.producerConfiguration) { producer in
                    try await producer.send(KafkaMessage(topic: "frames", value: "pixels"))
                }
            }
        }
        let handled = try await handledRecord(kafka)
        #expect(!handled.sender.traceFlags.contains(.sampled))
        #expect(handled.context.traceID == handled.sender.traceID && handled.span == nil)
    }
}
