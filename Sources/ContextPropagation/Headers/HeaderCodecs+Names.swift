extension HeaderCodecs {
    /// The names of the headers that the formats read, as the formats write them. Baggage of Jaeger and of
    /// OpenTracing has one header for each member, so its names are not known.
    package var knownHeaderNames: [String] {
        formats.flatMap(\.headerNames).reduce(into: []) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }
}

extension HeaderFormat {
    fileprivate var headerNames: [String] {
        switch kind {
        case .traceContext: ["traceparent", "tracestate", "ce_traceparent", "ce_tracestate"]
        case .baggage: ["baggage"]
        // Each of both reads both forms.
        case .b3, .b3Multi: ["b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled", "X-B3-Flags"]
        case .jaeger: ["uber-trace-id"]
        case .xray, .xrayLambda: ["X-Amzn-Trace-Id"]
        case .ottrace: ["ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"]
        case .datadog:
            ["x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority", "x-datadog-tags"]
        case .plain: ["trace_id", "execution_id", "correlation_id", "X-Correlation-ID"]
        }
    }
}
