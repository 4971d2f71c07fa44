extension HeaderCodecs {
    /// The codecs that the variable `OTEL_PROPAGATORS` names. It is read once; the default is
    /// `tracecontext,baggage,plain`.
    ///
    /// | name | headers |
    /// |---|---|
    /// | `tracecontext` | `traceparent`, `tracestate` |
    /// | `baggage` | `baggage` |
    /// | `b3` | `b3` |
    /// | `b3multi` | `X-B3-TraceId`, `X-B3-SpanId`, `X-B3-Sampled`, `X-B3-Flags` |
    /// | `jaeger` | `uber-trace-id`, `uberctx-*` |
    /// | `xray` | `X-Amzn-Trace-Id` |
    /// | `xray-lambda` | the same, and the variable `_X_AMZN_TRACE_ID` |
    /// | `ottrace` | `ot-tracer-traceid`, `ot-tracer-spanid`, `ot-tracer-sampled`, `ot-baggage-*` |
    /// | `datadog` | `x-datadog-trace-id`, `x-datadog-parent-id`, `x-datadog-sampling-priority`, `x-datadog-tags` |
    /// | `plain` | `trace_id`, `execution_id` |
    /// | `none` | headers are neither read nor changed |
    ///
    /// Any other entry is ignored, and `setupLogging()` logs a warning about it. If no entry is left, the default is
    /// used.
    ///
    /// Specification: [OpenTelemetry, Environment
    /// Variables](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration).
    public static let environment = environmentReading.codecs

    /// The problems of the value of `OTEL_PROPAGATORS`. `setupLogging()` reports them.
    package static var environmentProblems: [EnvironmentProblem] { environmentReading.problems }

    private static let environmentReading = PropagatorsReading(
        Platform.environmentVariable(PropagatorsReading.variable)
    )
}

/// Codecs from a list of names, and the problems of the list.
package struct PropagatorsReading: Sendable {
    package static let variable = "OTEL_PROPAGATORS"

    package let codecs: HeaderCodecs
    package let problems: [EnvironmentProblem]

    /// - Parameter list: Names, separated by commas. Nil and an empty list mean the default.
    package init(_ list: String?) {
        var formats: [HeaderFormat] = []
        var problems: [EnvironmentProblem] = []
        var isNone = false
        for entry in (list ?? "").utf8.split(separator: UInt8(ascii: ",")) {
            let name = String(trimming: entry)
            if name.isEmpty {
                continue
            } else if let format = HeaderFormat(name: name) {
                formats.append(format)
            } else if name.lowercased() == "none" {
                isNone = true
            } else {
                problems.append(EnvironmentProblem(.variable(Self.variable), reason: Self.reason(name)))
            }
        }
        if isNone, !formats.isEmpty {
            problems.append(
                EnvironmentProblem(
                    .variable(Self.variable),
                    reason: "\"none\" is ignored, because the list names formats, too"
                )
            )
        }
        let isDefault = formats.isEmpty && !isNone
        codecs = HeaderCodecs(isDefault ? HeaderCodecs.defaultFormats : formats)
        self.problems = problems
    }

    private static func reason(_ name: String) -> String {
        let choices = HeaderFormat.allCases.map(\.name).joined(separator: ", ")
        return "\"\(name.prefix(64))\" is not a propagator; choose from \(choices), none"
    }
}
