extension HeaderExtraction {
    /// The context in which a record with these headers is handled: a new span, whose parent is the sender's.
    ///
    /// The trace is the record's; where it has none, that of `process`, else a new one. The execution is the record's, else
    /// that of `process`. Baggage and tracestate come with the record's trace and are never those of `process` beside
    /// another trace. Task and scoped fields are those of `process`: they are local.
    ///
    /// - Parameter process: What holds outside every record.
    public func receivingContext(process: LogContext = .process) -> LogContext {
        var parts = process.storage.parts
        if let executionID { parts.executionID = executionID }
        if let traceID {
            parts.traceID = traceID
            parts.parentSpanID = parentSpanID
            parts.correlationID = nil
            parts.traceState = traceState
            parts.baggage = baggage
            setSampling(of: &parts)
        } else if let correlationID {
            parts.traceID = nil
            parts.parentSpanID = nil
            parts.correlationID = correlationID
            parts.traceState = nil
            parts.baggage = baggage
        } else {
            if parts.traceID != nil {
                parts.parentSpanID = parts.spanID
            } else if parts.correlationID == nil {
                parts.traceID = .random()
                parts.parentSpanID = nil
                parts.traceFlags = .sampled
            }
            if let baggage { parts.baggage = baggage }
            if sampling != .unspecified { setSampling(of: &parts) }
        }
        parts.spanID = parts.traceID == nil ? nil : .random()
        return LogContext(parts)
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
