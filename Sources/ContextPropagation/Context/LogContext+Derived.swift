extension LogContext {
    /// The current context in a new trace: the beginning of a new request.
    ///
    /// Keeps the execution and the task unless they are given, and keeps the scoped fields. Drops baggage and
    /// tracestate, because they belong to the current trace. To continue the current trace, use ``child(taskID:)``.
    ///
    /// - Parameters:
    ///   - traceID: The trace. The default is a random one.
    ///   - executionID: Replaces the execution. A text that no receiver accepts leaves the context without one; see
    ///     ``init(traceID:spanID:parentSpanID:traceFlags:traceState:baggage:correlationID:executionID:taskID:)``.
    ///   - taskID: Replaces the task.
    ///   - traceFlags: The flags. The default is `.sampled` (`01`). The random flag is not set by default, because some
    ///     receivers discard a trace with any other flags than `00` and `01`.
    public static func newTrace(
        traceID: TraceID = .random(),
        executionID: String? = nil,
        taskID: String? = nil,
        traceFlags: TraceFlags = .sampled
    ) -> LogContext {
        current.changed { parts in
            parts.traceID = traceID
            parts.spanID = .random()
            parts.parentSpanID = nil
            parts.tracedAncestor = .none
            parts.traceFlags = traceFlags
            parts.samplingDetail = .none
            parts.correlationID = nil
            parts.traceState = nil
            parts.baggage = nil
            if executionID != nil { parts.executionID = PlainIdentifier.readable(executionID) }
            if let taskID { parts.taskID = taskID }
        }
    }

    /// This context with a new span, whose parent is the current span: the next step within a trace.
    ///
    /// Keeps everything else. A context without a 32-digit trace ID gets no span.
    ///
    /// - Parameter taskID: Replaces the task, as in `inference-3`.
    public func child(taskID: String? = nil) -> LogContext {
        changed { parts in
            if parts.traceID != nil {
                parts.tracedAncestor = parts.tracedAncestor.ofChild(parent: parts.parentSpanID)
                parts.parentSpanID = parts.spanID
                parts.spanID = .random()
            }
            if let taskID { parts.taskID = taskID }
        }
    }

    /// This context with other baggage, which *replaces* its own. Nil removes it. Everything else stays, the span too.
    public func with(baggage: Baggage?) -> LogContext {
        changed { $0.baggage = baggage }
    }
}
