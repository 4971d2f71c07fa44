extension HeaderExtraction {
    /// The context in which to handle a record with these headers: a new span, whose parent is the sender's.
    ///
    /// - The trace is the record's. A record without a trace joins the trace of `process` if it has one; otherwise a
    ///   new trace starts.
    /// - The execution is the record's, or that of `process` if the record has none.
    /// - Baggage and tracestate belong to a trace: those of `process` are used only with its trace.
    /// - The task and the scoped fields are local: they are those of `process`.
    ///
    /// - Parameter process: The context that applies outside of every record.
    public func receivingContext(process: LogContext = .process) -> LogContext {
        // One part at a time: copying all of them costs more than the rest of this function.
        let outer = process.storage
        var parts = LogContext.Parts()
        parts.executionID = executionID ?? outer.parts.executionID
        parts.taskID = outer.parts.taskID
        parts.fields = outer.parts.fields
        if traceOrigin != nil {
            parts.traceID = traceID
            parts.parentSpanID = parentSpanID
            parts.correlationID = correlationID
            parts.traceState = traceState
            parts.baggage = baggage
            setSampling(of: &parts)
        } else {
            joinTrace(of: outer, &parts)
        }
        if parts.traceID != nil { parts.spanID = .random() }
        return LogContext(parts)
    }

    private func joinTrace(of outer: LogContext.Storage, _ parts: inout LogContext.Parts) {
        parts.traceID = outer.parts.traceID
        parts.parentSpanID = outer.parts.spanID
        parts.traceFlags = outer.parts.traceFlags
        parts.samplingDetail = outer.parts.samplingDetail
        parts.correlationID = outer.parts.correlationID
        parts.traceState = outer.parts.traceState
        parts.baggage = baggage ?? outer.parts.baggage
        if outer.parts.traceID == nil, outer.parts.correlationID == nil {
            parts.traceID = .random()
            parts.parentSpanID = nil
            parts.traceFlags = .sampled
        }
        // B3 can carry a decision about sampling without a trace.
        if sampling != .unspecified {
            let random = parts.traceFlags.intersection(.random)
            setSampling(of: &parts)
            parts.traceFlags.formUnion(random)
        }
    }

    private func setSampling(of parts: inout LogContext.Parts) {
        parts.traceFlags = traceFlags
        parts.samplingDetail =
            switch sampling {
            case .deferred: .deferred
            case .debug: .debug
            case .unspecified, .denied, .sampled: .none
            }
    }
}
