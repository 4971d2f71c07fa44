internal import CMALoggerShims

extension LogContext {
    /// The context of the process, which applies outside of every scope. It is read from the environment once.
    ///
    /// | part | the first variable that is set, not empty and valid |
    /// |---|---|
    /// | trace | `TRACING_ID`, `CORRELATION_ID`, `TRACEPARENT` |
    /// | execution | `KESTRA_EXECUTION_ID`, `EXECUTION_ID`, or `execution.id` of Kestra's execution context |
    /// | task | `KESTRA_TASK_ID`, `TASK_ID`, or `task.id` of Kestra's execution context |
    /// | baggage | `BAGGAGE` |
    ///
    /// If the trace comes from `TRACEPARENT`, the parent span, the flags and the tracestate (`TRACESTATE`) also come
    /// from there. A process with a trace always has its own span. After `fork`, the child has a new span, whose parent
    /// is the span of the process that forked. `setupLogging()` logs a warning about each variable that cannot be used.
    ///
    /// Since Kestra 2.0, a task with `executionContext: true` has its IDs in a file in its working directory,
    /// `.kestra-execution-context.json`. The file is read if no variable has the execution or the task: the one that
    /// `KESTRA_EXECUTION_CONTEXT_FILE` names, or the one in the current directory, or in Kestra's `WORKING_DIR`. Such a
    /// file can hold secrets; nothing but the two IDs is kept.
    ///
    /// Specification: [OpenTelemetry, Environment Variables as Context Propagation
    /// Carriers](https://opentelemetry.io/docs/specs/otel/context/env-carriers/) and [Kestra, Read the Execution
    /// Context from Your Scripts](https://kestra.io/docs/scripts/execution-context).
    public static var process: LogContext { processReading.context }

    /// ``current``, without the look-ups of `TaskLocal`, which cost more than the context's reference.
    package static var currentOfTask: LogContext {
        malogc_task_local(currentKey)?.load(as: LogContext.self) ?? process
    }

    /// Whether a scope has bound a context, which may be ``process``.
    package static var isBound: Bool { malogc_task_local(currentKey) != nil }

    /// The problems of the environment. `setupLogging()` reports them. Reading ``process`` logs nothing, because a line
    /// would read the current context again.
    package static var processProblems: [EnvironmentProblem] { processReading.problems }

    private static let processReading: EnvironmentReading = {
        let reading = EnvironmentReading(
            bytes: Platform.environmentBytes,
            file: { ExecutionContextFile.find(Platform.environmentBytes) }
        )
        // The handler gets the object itself: a static property might just be initialized when another thread forks.
        // The retained object lives as long as the process.
        malogc_set_forked_child_handler(Unmanaged.passRetained(reading.context.storage).toOpaque()) { storage in
            guard let storage else { return }
            Unmanaged<Storage>.fromOpaque(storage)._withUnsafeGuaranteedRef { $0.beginSpanOfForkedChild() }
        }
        return reading
    }()

    /// The context that a process with these variables would have; see ``process``. No file is read.
    ///
    ///     LogContext(environment: ["TRACING_ID": "order-1234"]).correlationID      // "order-1234"
    public init(environment: [String: String]) {
        self = EnvironmentReading { environment[$0] }.context
    }
}
