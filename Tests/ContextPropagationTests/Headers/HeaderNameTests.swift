import ContextPropagation
import Testing

/// Names in Kafka are case-sensitive. OpenTelemetry in Java and Python looks for `X-Amzn-Trace-Id`, OpenTelemetry in
/// Java and Brave look for `X-B3-…`; every other name is in lower case.
@Suite("Names of headers", .timeLimit(.minutes(10)))
struct HeaderNameTests {
    private let trace = "0af7651916cd43dd8448eb211c80319c"

    private func context(_ b3: String) -> LogContext {
        HeaderCodecs([.b3]).extract(from: ["b3": b3]).receivingContext(process: LogContext())
    }

    @Test("Each name is written in the exact case that the format's peers expect")
    func spelling() {
        let context = LogContext(traceID: TraceID(trace), baggage: ["Tenant": "north"], executionID: "run-1")
        for (format, names) in [
            (HeaderFormat.traceContext, ["traceparent"]), (.baggage, ["baggage"]), (.b3, ["b3"]),
            (.b3Multi, ["X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled"]),
            (.jaeger, ["uber-trace-id", "uberctx-tenant"]),
            (.xray, ["X-Amzn-Trace-Id"]), (.xrayLambda, ["X-Amzn-Trace-Id"]),
            (.ottrace, ["ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled", "ot-baggage-tenant"]),
            (
                .datadog,
                ["x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority", "x-datadog-tags"]
            ),
            (.plain, ["trace_id", "execution_id"]),
        ] {
            var headers: [HeaderField] = []
            HeaderCodecs([format]).inject(context, into: &headers)
            #expect(headers.map(\.name) == names)
        }
        var headers: [HeaderField] = []
        HeaderCodecs([.b3Multi]).inject(self.context("\(trace)-b7ad6b7169203331-d"), into: &headers)
        #expect(headers.map(\.name) == ["X-B3-TraceId", "X-B3-SpanId", "X-B3-Flags"])
    }

    @Test(
        "A forwarded message has no stale trace of a system whose format is not in the list",
        arguments: [
            "sw8", "sw8-correlation", "sw8-x", "X-Cloud-Trace-Context", "grpc-trace-bin", "x-datadog-trace-id",
            "x-datadog-parent-id", "x-datadog-sampling-priority", "x-datadog-origin", "x-datadog-tags",
            "ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled",
        ]
    )
    func foreignTraces(_ name: String) {
        let context = LogContext(traceID: TraceID(trace))
        for spelling in [name, name.uppercased(), name.lowercased()] {
            let own = HeaderField(name: "tenant", value: "north")
            let received = [HeaderField(name: spelling, value: "1"), own]
            #expect(HeaderCodecs().extract(from: received).traceOrigin == nil)
            var sent = received
            HeaderCodecs([.traceContext]).inject(context, into: &sent)
            #expect(sent.map(\.name) == ["tenant", "traceparent"])
            // Without a context and without formats, a message stays as it is.
            for (codecs, context) in [(HeaderCodecs(), LogContext()), (HeaderCodecs([]), context)] {
                var untouched = received
                codecs.inject(context, into: &untouched)
                #expect(untouched == received)
            }
        }
    }

    @Test("Headers whose names only resemble those of a foreign trace stay in a forwarded message")
    func resembling() {
        let names = [
            "sw9", "sw8-", "sw8-correlations", "x-cloud-trace-contexts", "grpc-tags-bin", "x-datadog-", "x-datadog-tag",
            "x-datadog-customer", "ot-tracer-", "ot-tracer-parent", "ot-baggage-tenant", "x-datadog-parent_id",
        ]
        var headers = names.map { HeaderField(name: $0, value: "1") }
        HeaderCodecs([.traceContext]).inject(LogContext(traceID: TraceID(trace)), into: &headers)
        #expect(headers.map(\.name) == names + ["traceparent"])
    }

    @Test("A name is read in any case, and an inject replaces every spelling of it")
    func everyCase() {
        let context = LogContext(traceID: TraceID(trace), executionID: "run-1")
        for format in HeaderFormat.allCases where format != .baggage {
            var written: [HeaderField] = []
            let codecs = HeaderCodecs([format])
            codecs.inject(context, into: &written)
            for spelling in [{ $0.lowercased() }, { $0.uppercased() }, { $0 }] as [@Sendable (String) -> String] {
                let received = written.map { HeaderField(name: spelling($0.name), value: $0.value) }
                let found = codecs.extract(from: received).traceID
                // OpenTracing has only the lower half.
                #expect(found?.low == context.traceID?.low && (format == .ottrace || found == context.traceID))
                var sent = received
                codecs.inject(context, into: &sent)
                #expect(sent == written)
            }
        }
    }
}
