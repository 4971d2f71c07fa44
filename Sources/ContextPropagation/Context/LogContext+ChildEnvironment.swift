internal import CMALoggerShims

extension LogContext {
    /// The variables for a child process that continues this context: a copy of `variables` in which this context
    /// *replaces* any other.
    ///
    /// Use it whenever you start a process: a child does not inherit ``LogContext/current`` by itself. The child's
    /// ``LogContext/process`` then has the same trace and execution, and this context's span as its parent.
    ///
    ///     let process = Process()
    ///     process.environment = LogContext.current.childEnvironment()
    ///
    /// | variable | value |
    /// |---|---|
    /// | `TRACEPARENT`, `TRACESTATE`, `BAGGAGE` | those of this context |
    /// | `TRACING_ID` | the trace ID or the correlation ID of this context |
    /// | `CORRELATION_ID` | the same, if the variable is in `variables` |
    /// | `EXECUTION_ID` | the execution of this context |
    /// | `KESTRA_EXECUTION_ID` | the same, if the variable is in `variables` |
    /// | `KESTRA_TASK_ID`, `TASK_ID` | unchanged: set the child's own task |
    /// | other traces, such as `TRACE_ID`, `B3` and `GRPC_TRACE_BIN` | removed, unless `codecs` writes them |
    /// | `_X_AMZN_TRACE_ID` | unchanged: it is the trace that AWS Lambda gave to this invocation |
    /// | any other | unchanged |
    ///
    /// A variable for a part that this context does not have is removed, so that the child does not get a part of
    /// another context. But if the child finds Kestra's execution context in its directory, it takes an execution or a
    /// task that no variable has from there. A context with neither a trace nor an execution changes nothing. The
    /// environment of this process is never changed, because `setenv` would race with every `getenv`. Strings can hold
    /// only UTF-8: in values that are not UTF-8, the faulty bytes become U+FFFD.
    ///
    /// - Parameters:
    ///   - variables: The other variables of the child. Nil means the environment of this process.
    ///   - codecs: The formats. The default is W3C Trace Context and W3C Baggage.
    /// - Returns: All variables of the child.
    ///
    /// Specification: [OpenTelemetry, Environment Variables as Context Propagation
    /// Carriers](https://opentelemetry.io/docs/specs/otel/context/env-carriers/#process-spawning).
    public func childEnvironment(
        inheriting variables: [String: String]? = nil,
        codecs: HeaderCodecs = HeaderCodecs([.traceContext, .baggage])
    ) -> [String: String] {
        var carrier = EnvironmentCarrier(variables ?? Self.processEnvironment())
        guard !isEmpty else { return carrier.variables }
        codecs.inject(self, into: &carrier)
        for (always, whereSet, value) in [
            ("TRACING_ID", "CORRELATION_ID", traceID?.description ?? correlationID),
            ("EXECUTION_ID", "KESTRA_EXECUTION_ID", executionID),
        ] {
            let isSet = carrier.variables[whereSet] != nil
            carrier.variables[always] = nil
            carrier.variables[whereSet] = nil
            guard let value, !value.utf8.contains(0) else { continue }
            carrier.variables[always] = value
            if isSet { carrier.variables[whereSet] = value }
        }
        return carrier.variables
    }

    private static func processEnvironment() -> [String: String] {
        var result: [String: String] = [:]
        guard var entry = malogc_environment() else { return result }
        while let text = entry.pointee {
            let parts = String(cString: text).utf8.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if parts.count == 2 { result[String(Substring(parts[0]))] = String(Substring(parts[1])) }
            entry += 1
        }
        return result
    }
}
