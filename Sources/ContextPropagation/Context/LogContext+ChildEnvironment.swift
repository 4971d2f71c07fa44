internal import CShims

extension LogContext {
    /// The environment for a child process, so that it goes on in this context: a copy, with `TRACEPARENT`,
    /// `TRACESTATE` and `BAGGAGE` of this context *replacing* those that were there.
    ///
    /// `TRACING_ID`, which is read first, then names the same trace; so does `CORRELATION_ID` where it is set.
    /// `EXECUTION_ID` is this context's, and so is `KESTRA_EXECUTION_ID` where it is set. What this context does not
    /// have is taken out. The task stays what the variables say: it is the child's own. A context without trace and
    /// execution changes nothing. Variables that are not UTF-8 come out with U+FFFD: strings cannot hold them.
    ///
    ///     let process = Process()
    ///     process.environment = LogContext.current.childEnvironment()
    ///
    /// The process's own environment is never changed: `setenv` would race with every `getenv`.
    ///
    /// - Parameters:
    ///   - variables: What the child gets besides; nil is this process's environment.
    ///   - codecs: The formats, W3C's where nothing else is said.
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
        guard var entry = cshims_environment() else { return result }
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
