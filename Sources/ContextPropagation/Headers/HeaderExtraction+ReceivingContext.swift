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
        let outer = process.storage
        guard traceOrigin != nil else { return joiningTrace(of: outer) }
        return LogContext(
            LogContext.Parts(
                traceID: traceID,
                spanID: traceID == nil ? nil : .random(),
                parentSpanID: parentSpanID,
                traceFlags: traceFlags,
                samplingDetail: samplingDetail,
                traceState: traceState,
                baggage: baggage,
                correlationID: correlationID,
                executionID: executionID ?? outer.parts.executionID,
                taskID: outer.parts.taskID,
                fields: outer.parts.fields
            )
        )
    }

    private func joiningTrace(of outer: LogContext.Storage) -> LogContext {
        // One part at a time: copying all of them costs more than the rest of this function.
        var parts = LogContext.Parts()
        parts.executionID = executionID ?? outer.parts.executionID
        parts.taskID = outer.parts.taskID
        parts.fields = outer.parts.fields
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
            parts.traceFlags = traceFlags.union(parts.traceFlags.intersection(.random))
            parts.samplingDetail = samplingDetail
        }
        if parts.traceID != nil { parts.spanID = .random() }
        return LogContext(parts)
    }

    private var samplingDetail: LogContext.SamplingDetail {
        switch sampling {
        case .deferred: .deferred
        case .debug: .debug
        case .unspecified, .denied, .sampled: .none
        }
    }
}

extension LogContext.Parts {
    /// Every part at once. Parts that are set one by one in a variable are copied into the context.
    @inline(__always)
    fileprivate init(
        traceID: TraceID?,
        spanID: SpanID?,
        parentSpanID: SpanID?,
        traceFlags: TraceFlags,
        samplingDetail: LogContext.SamplingDetail,
        traceState: TraceState?,
        baggage: Baggage?,
        correlationID: String?,
        executionID: String?,
        taskID: String?,
        fields: (any ScopeFields)?
    ) {
        self.init()
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.traceFlags = traceFlags
        self.samplingDetail = samplingDetail
        self.traceState = traceState
        self.baggage = baggage
        self.correlationID = correlationID
        self.executionID = executionID
        self.taskID = taskID
        self.fields = fields
    }
}
