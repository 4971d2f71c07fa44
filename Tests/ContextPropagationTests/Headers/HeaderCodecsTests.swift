import ContextPropagation
import Testing

@Suite("Header codecs", .timeLimit(.minutes(10)))
struct HeaderCodecsTests {
    let trace = "0af7651916cd43dd8448eb211c80319c"
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test("A traceparent becomes the trace and the parent of a record")
    func extractsTraceparent() {
        let headers = ["traceparent": parent, "tracestate": "congo=t61rcWkgMzE"]
        let found = HeaderCodecs().extract(from: headers)
        let context = found.receivingContext(process: LogContext(executionID: "run-1", taskID: "decode"))
        #expect(found.traceOrigin == .format(.traceContext))
        #expect(context.traceID?.description == trace)
        #expect(context.parentSpanID?.description == "b7ad6b7169203331")
        #expect(context.spanID != nil && context.spanID != context.parentSpanID)
        #expect(context.traceState?.headerValue == "congo=t61rcWkgMzE")
        #expect(context.executionID == "run-1" && context.taskID == "decode")
    }

    @Test("An injected context replaces every earlier trace, and nothing else")
    func injectReplaces() {
        let kept = [
            HeaderField(name: "tenant", value: "north"),
            HeaderField(name: "Correlation_ID", value: "reply-7"),
            HeaderField(name: "ce_traceparent", value: parent),
            HeaderField(name: "uberctx-user", value: "u"),
            HeaderField(name: "traceparents", value: nil),
        ]
        let stale = [
            "TraceParent", "tracestate", "B3", "X-B3-TraceId", "x-b3-anything", "uber-trace-id", "X-Amzn-Trace-Id",
            "trace_id",
            "EXECUTION_ID", "baggage",
        ]
        var headers: [HeaderField] = []
        for (index, name) in stale.enumerated() {
            headers.append(HeaderField(name: name, value: "stale"))
            if index < kept.count { headers.append(kept[index]) }
        }
        let context = LogContext(traceID: TraceID(trace), spanID: SpanID("b7ad6b7169203331"), executionID: "run-1")
        HeaderCodecs().inject(context, into: &headers)
        #expect(
            headers == kept + [
                HeaderField(name: "traceparent", value: parent),
                HeaderField(name: "trace_id", value: trace),
                HeaderField(name: "execution_id", value: "run-1"),
            ]
        )
        let once = headers
        HeaderCodecs().inject(context, into: &headers)
        #expect(headers == once)
    }

    @Test("A context without trace and execution leaves the headers unchanged")
    func emptyContext() {
        var headers = ["traceparent": parent]
        HeaderCodecs().inject(LogContext(taskID: "a"), into: &headers)
        #expect(headers == ["traceparent": parent])
    }

    @Test("A correlation ID that is not a trace ID is sent only in the plain header")
    func correlation() {
        var headers: [String: String] = ["traceparent": parent]
        HeaderCodecs().inject(LogContext(correlationID: "order-1234"), into: &headers)
        #expect(headers == ["trace_id": "order-1234"])
        let found = HeaderCodecs().extract(from: headers)
        #expect(found.receivingContext(process: LogContext()).correlationID == "order-1234")
    }

    @Test("OTEL_PROPAGATORS chooses the formats, and an unknown entry is a problem that names the choices")
    func propagators() {
        #expect(PropagatorsReading(nil).codecs.formats == [.traceContext, .baggage, .plain])
        #expect(PropagatorsReading("").codecs.formats == [.traceContext, .baggage, .plain])
        #expect(PropagatorsReading(" b3 ,BAGGAGE,b3").codecs.formats == [.b3, .baggage])
        #expect(PropagatorsReading("none").codecs.formats == [])
        #expect(PropagatorsReading("datadog,OTTrace,xray-lambda").codecs.formats == [.datadog, .ottrace, .xrayLambda])
        let reading = PropagatorsReading("opencensus")
        #expect(reading.codecs.formats == [.traceContext, .baggage, .plain])
        #expect(
            reading.problems.map(\.reason) == [
                "\"opencensus\" is not a propagator; choose from tracecontext, baggage, b3, b3multi, jaeger, xray, xray-lambda, "
                    + "ottrace, datadog, plain, none"
            ]
        )
    }
}
