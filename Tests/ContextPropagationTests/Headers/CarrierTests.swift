import ContextPropagation
import Glibc
import Testing

@Suite("Carriers", .timeLimit(.minutes(10)))
struct CarrierTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"
    static let parent = "00-\(trace)-\(span)-01"

    private let context = LogContext(
        traceID: TraceID(trace),
        spanID: SpanID(span),
        executionID: "run-1",
        taskID: "decode"
    )
    .with(baggage: ["tenant": "נמל"])

    @Test(
        "A header's name becomes a variable in upper case, with an underscore for each other character and before a first digit"
    )
    func variableNames() {
        let names = [
            "traceparent": "TRACEPARENT", "x-b3-traceid": "X_B3_TRACEID", "a.b c/é": "A_B_C__", "7up": "_7UP", "": "_",
        ]
        for (header, variable) in names { #expect(EnvironmentCarrier.variableName(of: header) == variable) }
    }

    @Test("A context in variables is read back in every format", arguments: HeaderFormat.allCases)
    func environment(format: HeaderFormat) {
        let others = ["PATH": "/bin", "traceparent": "not a variable of ma-logger", "EMPTY": ""]
        var carrier = EnvironmentCarrier(others)
        let codecs = HeaderCodecs([format])
        codecs.inject(context, into: &carrier)
        #expect(carrier.variables.filter { others[$0.key] != nil } == others)
        #expect(carrier.variables.keys.allSatisfy { $0 == $0.uppercased() || others[$0] != nil })
        let found = codecs.extract(from: carrier)
        if format == .ottrace {
            #expect(found.traceID?.low == context.traceID?.low)
        } else if format != .baggage {
            #expect(found.traceID == context.traceID)
        }
        if [.baggage, .jaeger, .ottrace].contains(format) { #expect(found.baggage?["tenant"] == "נמל") }
        #expect(found.misses.isEmpty && found.duplicates == 0)
    }

    @Test("Stale variables of every format are removed when another context is written")
    func replacesVariables() {
        var carrier = EnvironmentCarrier([
            "TRACEPARENT": Self.parent, "TRACESTATE": "a=1", "B3": "0", "X_B3_TRACEID": Self.trace,
            "UBER_TRACE_ID": "1:1:0:1",
            "X_AMZN_TRACE_ID": "Root=1", "CORRELATION_ID": "reply", "HOME": "/root",
        ])
        HeaderCodecs([.plain]).inject(LogContext(correlationID: "order-1"), into: &carrier)
        #expect(carrier.variables == ["TRACE_ID": "order-1", "CORRELATION_ID": "reply", "HOME": "/root"])
    }

    @Test("A child process continues the trace with its parent's span as the parent, and has its own task")
    func childEnvironment() {
        let inherited = [
            "TRACEPARENT": "stale", "CORRELATION_ID": "stale", "KESTRA_EXECUTION_ID": "stale", "TASK_ID": "child",
        ]
        let variables = context.childEnvironment(inheriting: inherited)
        #expect(
            variables == [
                "TRACEPARENT": Self.parent, "BAGGAGE": "tenant=%D7%A0%D7%9E%D7%9C", "TRACING_ID": Self.trace,
                "CORRELATION_ID": Self.trace, "EXECUTION_ID": "run-1", "KESTRA_EXECUTION_ID": "run-1",
                "TASK_ID": "child",
            ]
        )
        let child = EnvironmentReading { variables[$0] }
        #expect(child.problems.isEmpty)
        #expect(child.context.traceID == context.traceID && child.context.parentSpanID == context.spanID)
        #expect(child.context.executionID == "run-1" && child.context.taskID == "child")
        #expect(child.context.baggage == context.baggage)
    }

    @Test("A child of a context with a correlation ID has the same ID, and no traceparent")
    func childOfCorrelation() {
        let variables = LogContext(correlationID: "order-1").childEnvironment(inheriting: ["TRACEPARENT": Self.parent])
        #expect(variables == ["TRACING_ID": "order-1"])
        #expect(LogContext().childEnvironment(inheriting: ["A": "1"]) == ["A": "1"])
    }

    @Test("A child gets no variable for a part that the context does not have")
    func childWithoutStaleIDs() {
        let stale = ["TRACING_ID": "stale", "CORRELATION_ID": "stale", "TRACEPARENT": Self.parent, "BAGGAGE": "a=1"]
        #expect(LogContext(executionID: "run-1").childEnvironment(inheriting: stale) == ["EXECUTION_ID": "run-1"])
        let run = ["EXECUTION_ID": "stale", "KESTRA_EXECUTION_ID": "stale"]
        let trace = LogContext(correlationID: "order-1")
        #expect(trace.childEnvironment(inheriting: run) == ["TRACING_ID": "order-1"])
    }

    @Test("A child gets no trace of a format that the context is not written in")
    func childWithoutForeignTraces() {
        let names = [
            "B3", "X_B3_TRACEID", "UBER_TRACE_ID", "X_AMZN_TRACE_ID", "OT_TRACER_TRACEID", "X_DATADOG_TRACE_ID",
            "X_CLOUD_TRACE_CONTEXT", "GRPC_TRACE_BIN", "SW8", "SW8_X", "SW8_CORRELATION", "TRACE_ID",
        ]
        let others = [
            "SW8_AGENT_NAME": "app", "SW8_X_Y": "1", "GRPC_TRACE": "all", "SW8-X": "1", "grpc_trace_bin": "1",
            "_X_AMZN_TRACE_ID": "Root=1",
        ]
        let stale = others.merging(names.map { ($0, "stale") }) { $1 }
        let left = context.childEnvironment(inheriting: stale)
        #expect(names.filter { left[$0] != nil } == [])
        #expect(left.filter { others[$0.key] != nil } == others)
    }

    @Test("By default a child inherits this process's variables, which stay unchanged")
    func processEnvironment() {
        let before = getenv("PATH").map { String(cString: $0) }
        let variables = LogContext.newTrace().childEnvironment()
        #expect(variables["PATH"] == before)
        #expect(variables["TRACEPARENT"] != nil && getenv("TRACEPARENT") == nil)
    }

    @Test("A dictionary has each trace header once, in any earlier case")
    func dictionary() {
        var headers = ["TraceParent": "stale", "TRACEPARENT": "stale", "b3": "0", "Tenant": "north"]
        HeaderCodecs([.traceContext]).inject(context, into: &headers)
        #expect(headers == ["traceparent": Self.parent, "Tenant": "north"])
    }
}
