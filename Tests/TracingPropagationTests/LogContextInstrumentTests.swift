#if DistributedTracing
import ContextPropagation
import Dispatch
import Testing
import TestSupport
import Tracing
import TracingPropagation

@Suite("The instrument", .timeLimit(.minutes(10)))
struct LogContextInstrumentTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let request = [
        "traceparent": "00-\(trace)-b7ad6b7169203331-01", "tracestate": "vendor=1", "baggage": "tenant=north",
        "execution_id": "run-7",
    ]

    @Test("The trace, execution and baggage of a request reach the requests of clients, with no code between them")
    func request() throws {
        let instrument = LogContextInstrument()
        let context = instrument.context(of: Self.request)
        let received = try #require(context.logContext)
        #expect(received.traceID?.description == Self.trace)
        #expect(received.parentSpanID?.description == "b7ad6b7169203331")
        let sent = ServiceContext.$current.withValue(context) { instrument.request() }
        let span = try #require(received.spanID)
        #expect(sent["traceparent"] == "00-\(Self.trace)-\(span)-01")
        #expect(sent["tracestate"] == "vendor=1" && sent["baggage"] == "tenant=north")
        #expect(sent["execution_id"] == "run-7" && sent["trace_id"] == Self.trace)
    }

    @Test("A request without a trace gets one, and each request gets its own")
    func noHeaders() {
        let instrument = LogContextInstrument()
        let traces = (0..<3).map { _ in instrument.context(of: ["accept": "*"]).logContext?.traceID }
        #expect(Set(traces).count == 3 && !traces.contains(nil))
    }

    @Test(
        "Each format is read from a carrier that compares names byte by byte, and written",
        arguments: HeaderFormat.allCases
    )
    func formats(_ format: HeaderFormat) throws {
        guard format != .baggage else { return }
        // A trace of 64 bits, because OpenTracing's headers have no more.
        let trace = try #require(TraceID(high: 0, low: 7))
        let sender = LogContext.newTrace(traceID: trace)
        var headers: [String: String] = [:]
        HeaderCodecs([format]).inject(sender, into: &headers)
        let instrument = LogContextInstrument(codecs: HeaderCodecs([format]))
        #expect(instrument.context(of: headers).logContext?.traceID == sender.traceID, "\(headers)")
        let lower = Dictionary(uniqueKeysWithValues: headers.map { ($0.key.lowercased(), $0.value) })
        #expect(instrument.context(of: lower).logContext?.traceID == sender.traceID, "\(lower)")
        let sent = withLogContext(sender) { instrument.request() }
        #expect(sent == headers)
    }

    @Test("The innermost scope wins: a LogContext that is bound in a request, and a request that comes in a LogContext")
    func innermost() {
        let instrument = LogContextInstrument()
        let outer = LogContext.newTrace()
        let inner = LogContext.newTrace()
        withLogContext(outer) {
            #expect(instrument.request()["trace_id"] == outer.traceID?.description)
            let context = instrument.context(of: Self.request)
            ServiceContext.$current.withValue(context) {
                #expect(instrument.request()["trace_id"] == Self.trace)
                #expect(LogContext.following().traceID?.description == Self.trace)
                withLogContext(inner) {
                    #expect(instrument.request()["trace_id"] == inner.traceID?.description)
                    var explicit = context
                    explicit.logContext = outer
                    #expect(instrument.request(explicit)["trace_id"] == outer.traceID?.description)
                }
            }
        }
    }

    @Test("withLogContext(following:) binds the request's IDs, and a child that is bound later goes to clients")
    func following() async throws {
        let instrument = LogContextInstrument()
        let context = instrument.context(of: Self.request)
        try await withLogContext(following: context) {
            await Task.yield()
            #expect(LogContext.current.executionID == "run-7")
            #expect(LogContext.current.spanID == context.logContext?.spanID)
            #expect(ServiceContext.current?.logContext?.spanID == context.logContext?.spanID)
            let child = LogContext.current.child()
            try withLogContext(child) {
                let span = try #require(child.spanID)
                #expect(instrument.request()["traceparent"] == "00-\(Self.trace)-\(span)-01")
            }
        }
        let bound = LogContext.newTrace()
        withLogContext(bound) {
            withLogContext(following: nil) { #expect(LogContext.current.traceID == bound.traceID) }
        }
    }

    @Test("Work that starts in a scope of the process leaves the request")
    func leavesRequest() {
        let instrument = LogContextInstrument()
        withLogContext(following: instrument.context(of: Self.request)) {
            #expect(instrument.request()["trace_id"] == Self.trace)
            withLogContext(.process) { #expect(instrument.request()["trace_id"] != Self.trace) }
        }
    }

    @Test("A queue of ma-logger carries the ServiceContext too")
    func bridges() async {
        let instrument = LogContextInstrument()
        let context = instrument.context(of: Self.request)
        let queue = DispatchQueue(label: "queue").propagatingContext
        let seen = Locked<String?>(nil)
        let done = Gate()
        withLogContext(following: context) {
            queue.async {
                seen.change { $0 = ServiceContext.current?.logContext?.executionID }
                done.open()
            }
        }
        await done.pass()
        #expect(seen.value == "run-7")
    }
}
#endif
