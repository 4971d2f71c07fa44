import ContextPropagation
import Testing

@Suite("A context from the environment", .timeLimit(.minutes(10)))
struct EnvironmentReadingTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let parent = "00-\(trace)-b7ad6b7169203331-00"

    private func reading(_ variables: [String: String]) -> EnvironmentReading {
        EnvironmentReading { variables[$0] }
    }

    @Test("TRACEPARENT sets the trace, the parent span, the flags and the tracestate")
    func traceparent() {
        let context = LogContext(environment: [
            "TRACEPARENT": Self.parent, "TRACESTATE": "congo=1", "BAGGAGE": "tenant=north",
        ])
        #expect(context.traceID?.description == Self.trace)
        #expect(context.parentSpanID?.description == "b7ad6b7169203331")
        #expect(context.spanID != nil && context.spanID != context.parentSpanID)
        #expect(context.traceFlags == [])
        #expect(context.traceState?["congo"] == "1")
        #expect(context.baggage?["tenant"] == "north")
    }

    @Test("An explicit variable with the same trace keeps TRACEPARENT's span and flags")
    func sameTrace() {
        let context = LogContext(environment: [
            "TRACING_ID": "0AF76519-16CD-43DD-8448-EB211C80319C", "TRACEPARENT": Self.parent,
        ])
        #expect(context.traceID?.description == Self.trace)
        #expect(context.parentSpanID?.description == "b7ad6b7169203331")
        #expect(context.traceFlags == [])
    }

    @Test("An explicit variable with another trace wins, and takes nothing from TRACEPARENT")
    func otherTrace() {
        let context = LogContext(environment: [
            "CORRELATION_ID": String(repeating: "a", count: 32), "TRACEPARENT": Self.parent, "TRACESTATE": "congo=1",
        ])
        #expect(context.traceID?.description == String(repeating: "a", count: 32))
        #expect(context.parentSpanID == nil)
        #expect(context.traceState == nil)
        #expect(context.traceFlags == .sampled)
        #expect(context.spanID != nil)
    }

    @Test("Zeros are no ID, so the next variable is read, without a problem")
    func zeros() {
        let reading = reading([
            "TRACING_ID": String(repeating: "0", count: 32), "CORRELATION_ID": "order-1234", "TRACEPARENT": Self.parent,
        ])
        #expect(reading.context.correlationID == "order-1234")
        #expect(reading.context.traceID == nil && reading.context.spanID == nil)
        #expect(reading.problems.isEmpty)
    }

    @Test("A value that cannot be read is left out, and the problem names it")
    func problems() {
        let reading = reading([
            "TRACING_ID": "a\nb", "KESTRA_EXECUTION_ID": String(repeating: "x", count: 257), "EXECUTION_ID": "run-1",
            "TRACEPARENT": "ff" + Self.parent.dropFirst(2), "BAGGAGE": "no pair",
        ])
        #expect(reading.context.traceID == nil && reading.context.correlationID == nil)
        #expect(reading.context.executionID == "run-1")
        #expect(
            reading.problems == [
                EnvironmentProblem(.variable("TRACING_ID"), reason: "holds a control character"),
                EnvironmentProblem(.variable("TRACEPARENT"), reason: "version ff"),
                EnvironmentProblem(.variable("KESTRA_EXECUTION_ID"), reason: "over 256 bytes long"),
                EnvironmentProblem(.variable("BAGGAGE"), reason: "malformed"),
            ]
        )
    }
}
