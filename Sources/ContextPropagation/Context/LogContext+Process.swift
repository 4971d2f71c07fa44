extension LogContext {
    /// The context of the process, read from its environment once: what holds outside every scope.
    ///
    /// | part | first that is set and not empty |
    /// |---|---|
    /// | trace | `TRACING_ID`, `CORRELATION_ID`, `TRACEPARENT` |
    /// | execution | `KESTRA_EXECUTION_ID`, `EXECUTION_ID` |
    /// | task | `KESTRA_TASK_ID`, `TASK_ID` |
    /// | baggage | `BAGGAGE` |
    ///
    /// `TRACEPARENT` gives the parent span, the flags and, with `TRACESTATE`, the tracestate where the trace is its own. The
    /// span is always a new one.
    ///
    /// Specification: [OpenTelemetry, Environment Variables as Context Propagation Carriers](https://opentelemetry.io/docs/specs/otel/context/env-carriers/).
    public static var process: LogContext { processReading.context }

    /// What was wrong with the environment when ``process`` was read. Reading it logs nothing, since a line would itself
    /// ask for the current context: `setupLogging()` reports these.
    package static var processProblems: [EnvironmentProblem] { processReading.problems }

    private static let processReading = EnvironmentReading(Platform.environmentVariable)

    /// The context that a process with these variables would have; see ``process``.
    ///
    ///     LogContext(environment: ["TRACING_ID": "order-1234"]).correlationID      // "order-1234"
    public init(environment: [String: String]) {
        self = EnvironmentReading { environment[$0] }.context
    }
}

/// A variable whose value could not be used.
package struct EnvironmentProblem: Equatable, Sendable {
    package let variable: String
    package let reason: String

    package init(variable: String, reason: String) {
        self.variable = variable
        self.reason = reason
    }
}
