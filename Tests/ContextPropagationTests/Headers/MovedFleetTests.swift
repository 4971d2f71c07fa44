import ContextPropagation
import Foundation
import TestSupport
import Testing

/// Formats of tracing systems from which a fleet moves to `traceparent`, or which its neighbours keep.
@Suite("Headers of Datadog, OpenTracing and Lambda", .timeLimit(.minutes(10)))
struct MovedFleetTests {
    private let trace = "0af7651916cd43dd8448eb211c80319c"
    private let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func context(_ b3: String) -> LogContext {
        HeaderCodecs([.b3]).extract(from: ["b3": b3]).receivingContext(process: LogContext())
    }

    private func sent(_ formats: [HeaderFormat], _ context: LogContext) -> [String: String] {
        var headers: [String: String] = [:]
        HeaderCodecs(formats).inject(context, into: &headers)
        return headers
    }

    @Test("Datadog's headers have decimal halves, and the priorities of its tracers")
    func datadog() {
        let context = LogContext(traceID: TraceID(trace), spanID: SpanID("b7ad6b7169203331"))
        #expect(
            sent([.datadog], context) == [
                "x-datadog-trace-id": "9532127138774266268", "x-datadog-parent-id": "13235353014750950193",
                "x-datadog-sampling-priority": "1", "x-datadog-tags": "_dd.p.tid=0af7651916cd43dd",
            ]
        )
        for (letter, priority) in [("-0", "0"), ("-1", "1"), ("-d", "2"), ("", nil)] {
            let headers = sent([.datadog], self.context("\(trace)-b7ad6b7169203331\(letter)"))
            #expect(headers["x-datadog-sampling-priority"] == priority)
        }
        let short = LogContext(traceID: TraceID(high: 0, low: 7))
        #expect(sent([.datadog], short)["x-datadog-tags"] == nil)
    }

    @Test("OpenTracing's headers have the lower half of the trace ID, and baggage as text that cannot end a header")
    func ottrace() {
        let baggage = Baggage("a=north%20gate,b=%0A%20x%20,c=100%25,d=%D7%A0;p=1,e=%2541%25%25")
        let context = LogContext(
            traceID: TraceID(trace),
            spanID: SpanID("b7ad6b7169203331"),
            baggage: baggage
        )
        let headers = sent([.ottrace], context)
        #expect(
            headers == [
                "ot-tracer-traceid": "8448eb211c80319c", "ot-tracer-spanid": "b7ad6b7169203331",
                "ot-tracer-sampled": "true", "ot-baggage-a": "north gate", "ot-baggage-b": "%0A x%20",
                "ot-baggage-c": "100%", "ot-baggage-d": "נ", "ot-baggage-e": "%2541%%",
            ]
        )
        let found = HeaderCodecs([.ottrace]).extract(from: headers)
        for name in ["a", "b", "c", "d", "e"] { #expect(found.baggage?[name] == baggage?[name]) }
    }

    @Test("A whole trace ID in another format completes the half of OpenTracing and Datadog, in either order")
    func completes() {
        let both = [
            "ot-tracer-traceid": "8448eb211c80319c", "ot-tracer-spanid": "b7ad6b7169203331",
            "ot-tracer-sampled": "true",
            "x-datadog-trace-id": "9532127138774266268", "x-datadog-parent-id": "13235353014750950193",
            "traceparent": parent,
        ]
        for formats in [[HeaderFormat.ottrace, .traceContext], [.traceContext, .ottrace], [.datadog, .traceContext]] {
            let found = HeaderCodecs(formats).extract(from: both)
            #expect(found.traceID?.description == trace, "\(formats)")
            #expect(found.parentSpanID?.description == "b7ad6b7169203331" && found.isSampled == true, "\(formats)")
            #expect(found.traceOrigin == .format(formats[0]))
        }
        // Another span, or another half, is another trace.
        for (name, value) in [("ot-tracer-spanid", "b7ad6b7169203332"), ("ot-tracer-traceid", "8448eb211c80319d")] {
            let found = HeaderCodecs([.ottrace, .traceContext]).extract(from: both.merging([name: value]) { $1 })
            #expect(found.traceID?.description.hasPrefix("0000000000000000") == true, "\(name)")
        }
    }

    @Test("A fleet that reads both formats and writes both keeps one trace over ten hops")
    func moves() {
        var context = LogContext.newTrace()
        let first = context.traceID
        for hop in 0..<10 {
            let sender: [HeaderFormat] = [[.datadog], [.traceContext, .datadog], [.traceContext]][hop % 3]
            let headers = sent(sender, context)
            context = HeaderCodecs([.datadog, .traceContext]).extract(from: headers)
                .receivingContext(process: LogContext())
            #expect(context.traceID == first)
        }
    }

    @Test("The variable of Lambda counts before the header, after earlier formats, and only under its own name")
    func lambda() async {
        await #expect(processExitsWith: .success) {
            let header = ["X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"]
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            func trace(_ formats: [HeaderFormat], _ headers: [String: String]) -> String? {
                HeaderCodecs(formats).extract(from: headers).traceID?.description
            }
            guard trace([.xrayLambda], [:]) == nil else { exit(3) }
            setenv("_X_AMZN_TRACE_ID", "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1", 1)
            let invocation = "67891233abcdef012345678912345678"
            guard trace([.xrayLambda], [:]) == invocation, trace([.xrayLambda], header) == invocation else { exit(4) }
            let found = HeaderCodecs([.xrayLambda]).extract(from: [:])
            guard found.parentSpanID?.description == "53995c3f42cd8ad8", found.isSampled == true,
                found.traceOrigin == .format(.xrayLambda)
            else { exit(5) }
            guard trace([.xray], header) == "5759e988bd862e3fe1be46a994272793", trace([.xray], [:]) == nil else {
                exit(6)
            }
            guard trace([.traceContext, .xrayLambda], ["traceparent": parent]) == "0af7651916cd43dd8448eb211c80319c"
            else { exit(7) }
            // Such headers are request and reply data, which a trace replaces.
            for reply in ["reply-9", "1af76519-16cd-43dd-8448-eb211c80319c"] {
                let found = HeaderCodecs([.plain, .xrayLambda]).extract(from: ["correlation_id": reply])
                guard found.traceID?.description == invocation, found.correlationID == nil else { exit(9) }
            }
            guard trace([.plain, .xrayLambda], ["trace_id": "order-7"]) == nil else { exit(10) }
            setenv("_X_AMZN_TRACE_ID", "nonsense", 1)
            let faulty = HeaderCodecs([.xrayLambda]).extract(from: header)
            guard faulty.traceID?.description == "5759e988bd862e3fe1be46a994272793",
                faulty.misses.map(\.description) == ["xray-lambda: malformed"]
            else { exit(8) }
            exit(0)
        }
    }

    @Test("xray and xray-lambda together write the header once")
    func once() {
        var headers: [HeaderField] = []
        HeaderCodecs([.xrayLambda, .xray]).inject(.newTrace(), into: &headers)
        #expect(headers.map(\.name) == ["X-Amzn-Trace-Id"])
    }

    @Test("The variables of an environment stand for the headers of both formats")
    func environment() {
        let context = LogContext(traceID: TraceID(trace), baggage: ["tenant": "north"])
        for format in [HeaderFormat.datadog, .ottrace] {
            var carrier = EnvironmentCarrier(["HOME": "/root"])
            HeaderCodecs([format]).inject(context, into: &carrier)
            let found = HeaderCodecs([format]).extract(from: carrier)
            #expect(found.traceID?.low == context.traceID?.low && found.parentSpanID == context.spanID)
            HeaderCodecs([format]).inject(.newTrace(), into: &carrier)
            #expect(carrier.variables.count == (format == .datadog ? 5 : 4))
        }
    }
}
