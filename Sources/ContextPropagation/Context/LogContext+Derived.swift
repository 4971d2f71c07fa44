extension LogContext {
    /// The current context in a trace of its own: a new unit of work from end to end.
    ///
    /// Keeps the execution, the task and the scoped fields unless they are given, and drops baggage and tracestate, which
    /// belong to the trace that is left. To go on within a trace use ``child(taskID:)``.
    ///
    /// - Parameters:
    ///   - traceID: The trace; by default a random one.
    ///   - executionID: Replaces the execution.
    ///   - taskID: Replaces the task.
    ///   - flags: `.sampled` (`01`) by default; the random flag is not set, since some readers take no other flags than 00 and 01.
    public static func newTrace(
        traceID: TraceID = .random(),
        executionID: String? = nil,
        taskID: String? = nil,
        flags: TraceFlags = .sampled
    ) -> LogContext {
        current.changed { parts in
            parts.traceID = traceID
            parts.spanID = .random()
            parts.parentSpanID = nil
            parts.traceFlags = flags
            parts.samplingDetail = .none
            parts.correlationID = nil
            parts.traceState = nil
            parts.baggage = nil
            if let executionID { parts.executionID = executionID }
            if let taskID { parts.taskID = taskID }
        }
    }

    /// This context with a span of its own, whose parent is the present one: the next step within a trace.
    ///
    /// Keeps all else. Where there is no trace of 32 digits there is no span either.
    ///
    /// - Parameter taskID: Replaces the task, as in `inference-3`.
    public func child(taskID: String? = nil) -> LogContext {
        changed { parts in
            if parts.traceID != nil {
                parts.parentSpanID = parts.spanID
                parts.spanID = .random()
            }
            if let taskID { parts.taskID = taskID }
        }
    }
}
