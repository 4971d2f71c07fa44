/// A format that ``HeaderCodecs`` reads and writes.
public struct HeaderFormat: Hashable, Sendable {
    enum Kind: UInt8, CaseIterable {
        case traceContext
        case baggage
        case b3
        case b3Multi
        case jaeger
        case xray
        case xrayLambda
        case ottrace
        case datadog
        case plain
    }

    let kind: Kind

    init(kind: Kind) {
        self.kind = kind
    }

    /// W3C Trace Context Level 2: the headers `traceparent` and `tracestate`. Its name is `tracecontext`.
    public static let traceContext = HeaderFormat(kind: .traceContext)
    /// W3C Baggage: the header `baggage`. Its name is `baggage`.
    public static let baggage = HeaderFormat(kind: .baggage)
    /// B3 in the single header `b3`. Its name is `b3`. Both forms of B3 are read.
    public static let b3 = HeaderFormat(kind: .b3)
    /// B3 in several headers, `X-B3-TraceId` and others. Its name is `b3multi`. Both forms of B3 are read.
    ///
    /// Over Kafka, where names are case-sensitive, OpenTelemetry in Java and Brave look for this spelling.
    /// OpenTelemetry in Python looks for lower case there: use ``b3``, which all of them read.
    public static let b3Multi = HeaderFormat(kind: .b3Multi)
    /// Jaeger: the headers `uber-trace-id` and `uberctx-*`. Its name is `jaeger`.
    public static let jaeger = HeaderFormat(kind: .jaeger)
    /// AWS X-Ray: the header `X-Amzn-Trace-Id`. Its name is `xray`.
    public static let xray = HeaderFormat(kind: .xray)
    /// AWS X-Ray in a Lambda function: the same header. Its name is `xray-lambda`. It takes the place of ``xray``.
    ///
    /// If no earlier format finds a trace, the variable `_X_AMZN_TRACE_ID` of the environment takes precedence over the
    /// header. Use it only if X-Ray receives the spans. AWS's own runtimes set the variable for each invocation. In a
    /// custom runtime, such as Swift's, the runtime must set it; if it does not, extract from
    /// `["X-Amzn-Trace-Id": context.traceID]` with ``xray``, which also works for invocations at the same time.
    ///
    /// Specification: [OpenTelemetry, Instrumenting AWS
    /// Lambda](https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/#xray-lambda-propagator-functionality).
    public static let xrayLambda = HeaderFormat(kind: .xrayLambda)
    /// OpenTracing's basic tracers and Lightstep: the headers `ot-tracer-traceid`, `ot-tracer-spanid`,
    /// `ot-tracer-sampled` and `ot-baggage-*`. Its name is `ottrace`.
    ///
    /// The format carries only the lower half of a trace ID. Put ``traceContext`` beside it, so that receivers that
    /// read both keep the whole ID.
    public static let ottrace = HeaderFormat(kind: .ottrace)
    /// Datadog: the headers `x-datadog-trace-id`, `x-datadog-parent-id`, `x-datadog-sampling-priority` and
    /// `x-datadog-tags`. Its name is `datadog`. Put ``baggage`` beside it for baggage.
    public static let datadog = HeaderFormat(kind: .datadog)
    /// The headers `trace_id` and `execution_id`. Its name is `plain`. The headers `correlation_id` and
    /// `x-correlation-id` are read, too, and never written. They count only if no other header has a trace.
    public static let plain = HeaderFormat(kind: .plain)

    /// Every format, in the order in which messages name them.
    public static let allCases: [HeaderFormat] = Kind.allCases.map { HeaderFormat(kind: $0) }

    /// The format of this name, in any ASCII case. The result is nil for any name that is not in ``allCases``.
    public init?(name: some StringProtocol) {
        let name = name.lowercased()
        guard let format = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = format
    }

    /// The name of the format in `OTEL_PROPAGATORS`.
    public var name: String {
        switch kind {
        case .traceContext: "tracecontext"
        case .baggage: "baggage"
        case .b3: "b3"
        case .b3Multi: "b3multi"
        case .jaeger: "jaeger"
        case .xray: "xray"
        case .xrayLambda: "xray-lambda"
        case .ottrace: "ottrace"
        case .datadog: "datadog"
        case .plain: "plain"
        }
    }
}

extension HeaderFormat: CaseIterable {}

extension HeaderFormat: CustomStringConvertible {
    /// The same as ``name``.
    public var description: String { name }
}
