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
            storage: LogContext.Storage(
                ids: LogContext.Identifiers(
                    traceID: traceID,
                    spanID: traceID == nil ? nil : .random(),
                    parentSpanID: parentSpanID,
                    traceFlags: traceFlags,
                    samplingDetail: samplingDetail
                ),
                execution: execution.isEmpty ? outer.execution : execution,
                traceState: traceState,
                baggage: baggage,
                correlationID: correlationID,
                taskID: outer.taskID,
                fields: outer.fields
            )
        )
    }

    private func joiningTrace(of outer: LogContext.Storage) -> LogContext {
        var ids = outer.ids
        var ancestor = outer.tracedAncestor.ofChild(parent: ids.parentSpanID)
        ids.parentSpanID = ids.spanID
        if ids.traceID == nil, outer.correlationID == nil {
            ids.traceID = .random()
            ids.parentSpanID = nil
            ancestor = .none
            ids.traceFlags = .sampled
        }
        // B3 can carry a decision about sampling without a trace.
        if sampling != .unspecified {
            ids.traceFlags = traceFlags.union(ids.traceFlags.intersection(.random))
            ids.samplingDetail = samplingDetail
        }
        ids.spanID = ids.traceID == nil ? nil : .random()
        return LogContext(
            storage: LogContext.Storage(
                ids: ids,
                execution: execution.isEmpty ? outer.execution : execution,
                traceState: outer.traceState,
                baggage: baggage ?? outer.baggage,
                correlationID: outer.correlationID,
                taskID: outer.taskID,
                fields: outer.fields,
                tracedAncestor: ancestor
            )
        )
    }

    private var samplingDetail: LogContext.SamplingDetail {
        switch sampling {
        case .deferred: .deferred
        case .debug: .debug
        case .unspecified, .denied, .sampled: .none
        }
    }
}
