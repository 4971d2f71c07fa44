extension HeaderExtraction {
    /// The context in which a record with these headers is handled: a new span, whose parent is the sender's.
    ///
    /// The trace is the record's; where it has none, that of `process`, else a new one. The execution is the record's,
    /// else that of `process`. Baggage and tracestate come with the record's trace and are never those of `process`
    /// beside another trace. Task and scoped fields are those of `process`: they are local.
    ///
    /// - Parameter process: What holds outside every record.
    public func receivingContext(process: LogContext = .process) -> LogContext {
        // A part at a time: to copy all of them costs more than the rest of this.
        let outer = process.storage
        var parts = LogContext.Parts()
        parts.executionID = executionID ?? outer.parts.executionID
        parts.taskID = outer.parts.taskID
        parts.fields = outer.parts.fields
        if traceFormat != nil {
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
        // B3 can ask for sampling without naming a trace.
        if sampling != .unspecified {
            let random = parts.traceFlags.intersection(.random)
            setSampling(of: &parts)
            parts.traceFlags.formUnion(random)
        }
    }

    private func setSampling(of parts: inout LogContext.Parts) {
        parts.traceFlags = flags
        parts.samplingDetail =
            switch sampling {
            case .deferred: .deferred
            case .debug: .debug
            case .unspecified, .denied, .sampled: .none
            }
    }
}
