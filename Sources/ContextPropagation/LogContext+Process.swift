#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

extension LogContext {
    /// The context of the process, read from its environment once: what holds outside every scope.
    ///
    /// | part | first that is set and not empty |
    /// |---|---|
    /// | trace | `TRACING_ID`, `CORRELATION_ID`, `TRACEPARENT` |
    /// | execution | `KESTRA_EXECUTION_ID`, `EXECUTION_ID` |
    /// | task | `KESTRA_TASK_ID`, `TASK_ID` |
    public static var process: LogContext { processReading.context }

    /// What was wrong with the environment when ``process`` was read. Reading it logs nothing, since a line would itself
    /// ask for the current context: `setupLogging()` reports these.
    package static var processProblems: [EnvironmentProblem] { processReading.problems }

    private static let processReading = EnvironmentReading { name in
        getenv(name).map { String(cString: $0) }
    }

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

/// A context out of environment variables, and what was wrong with them.
package struct EnvironmentReading: Sendable {
    package let context: LogContext
    package let problems: [EnvironmentProblem]

    package init(_ variable: (String) -> String?) {
        var problems: [EnvironmentProblem] = []

        func identifier(_ names: String...) -> String? {
            for name in names {
                guard let text = variable(name), !text.isEmpty else { continue }
                if let reason = PlainIdentifier.fault(of: text) {
                    problems.append(EnvironmentProblem(variable: name, reason: reason))
                } else {
                    return text
                }
            }
            return nil
        }

        var parts = LogContext.Parts()
        if let text = identifier("TRACING_ID", "CORRELATION_ID") {
            switch PlainIdentifier(text) {
            case .trace(let traceID): parts.traceID = traceID
            case .correlation(let text): parts.correlationID = text
            case nil: break
            }
        }
        parts.executionID = identifier("KESTRA_EXECUTION_ID", "EXECUTION_ID")
        parts.taskID = identifier("KESTRA_TASK_ID", "TASK_ID")
        if parts.traceID != nil { parts.spanID = .random() }
        context = LogContext(parts)
        self.problems = problems
    }
}
