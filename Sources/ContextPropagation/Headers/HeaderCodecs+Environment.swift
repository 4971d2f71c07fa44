extension HeaderCodecs {
    /// Those that `OTEL_PROPAGATORS` names, read once: `tracecontext,baggage,plain` where it is not set.
    ///
    /// | name | headers |
    /// |---|---|
    /// | `tracecontext` | `traceparent`, `tracestate` |
    /// | `baggage` | `baggage` |
    /// | `b3`, `b3multi` | `b3`; `x-b3-*` |
    /// | `jaeger` | `uber-trace-id`, `uberctx-*` |
    /// | `xray` | `x-amzn-trace-id` |
    /// | `plain` | `trace_id`, `execution_id` |
    /// | `none` | headers are neither read nor changed |
    ///
    /// An entry that is none of these is left out, and `setupLogging()` says so; where none is left it is the default.
    ///
    /// Specification: [OpenTelemetry, Environment Variables](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration).
    public static let environment = environmentReading.codecs

    /// What was wrong with `OTEL_PROPAGATORS`. `setupLogging()` reports these.
    package static var environmentProblems: [EnvironmentProblem] { environmentReading.problems }

    private static let environmentReading = PropagatorsReading(
        Platform.environmentVariable(PropagatorsReading.variable)
    )
}

/// Codecs out of a list of names, and what was wrong with it.
package struct PropagatorsReading: Sendable {
    package static let variable = "OTEL_PROPAGATORS"

    package let codecs: HeaderCodecs
    package let problems: [EnvironmentProblem]

    /// - Parameter list: Names with commas between them; nil or empty is the default.
    package init(_ list: String?) {
        var formats: [HeaderFormat] = []
        var problems: [EnvironmentProblem] = []
        var isNone = false
        for entry in (list ?? "").utf8.split(separator: UInt8(ascii: ",")) {
            let name = String(Substring(entry)).trimmingOptionalWhitespace
            if name.isEmpty {
                continue
            } else if let format = HeaderFormat(name: name) {
                formats.append(format)
            } else if name.lowercased() == "none" {
                isNone = true
            } else {
                problems.append(EnvironmentProblem(variable: Self.variable, reason: Self.reason(name)))
            }
        }
        if isNone, !formats.isEmpty {
            problems.append(
                EnvironmentProblem(
                    variable: Self.variable,
                    reason: "\"none\" is left out, since others are named beside it"
                )
            )
        }
        let isDefault = formats.isEmpty && !isNone
        codecs = HeaderCodecs(isDefault ? HeaderCodecs.defaultFormats : formats)
        self.problems = problems
    }

    private static func reason(_ name: String) -> String {
        let choices = HeaderFormat.allCases.map(\.name).joined(separator: ", ")
        return "\"\(name.prefix(64))\" is none of \(choices), none"
    }
}

extension String {
    fileprivate var trimmingOptionalWhitespace: String {
        let range = utf8.span.trimmed(0..<utf8.count)
        return String(Substring(utf8.dropFirst(range.lowerBound).prefix(range.count)))
    }
}
