extension HeaderExtraction {
    /// The context in which to handle a record with these headers: a new span, whose parent is the sender's.
    ///
    /// - The trace is the record's. A record without a trace joins the trace of `process` if it has one; otherwise a
    ///   new trace starts.
    /// - The execution is the record's, or that of `process` if the record has none.
    /// - Baggage and tracestate belong to a trace: those of `process` are used only if the record has no
    ///   trace.
    /// - The task and the scoped fields are local: they are those of `process`.
    ///
    /// - Parameter process: The context that applies outside of every record.
    public func receivingContext(process: LogContext = .process) -> LogContext {
        withUnsafePointer(to: self) { Self.receivingContext(of: $0, process.storage) }
    }

    /// The context in which to handle a record, for an extraction in place. Its parts are copied one at a time.
    static func receivingContext(of found: UnsafePointer<HeaderExtraction>) -> LogContext {
        LogContext.processStorage._withUnsafeGuaranteedRef { receivingContext(of: found, $0) }
    }

    private static func receivingContext(
        of found: UnsafePointer<HeaderExtraction>,
        _ outer: LogContext.Storage
    ) -> LogContext {
        guard found.pointee.traceOrigin != nil else { return joiningTrace(found, of: outer) }
        let traceID = found.pointee.traceID
        let ids = LogContext.Identifiers(
            traceID: traceID,
            spanID: traceID == nil ? nil : .random(),
            parentSpanID: found.pointee.parentSpanID,
            traceFlags: found.pointee.traceFlags,
            samplingDetail: found.pointee.samplingDetail
        )
        // Few records have one of these texts. Copying three texts that are nil costs more than this question.
        let hasTexts = found.pointee.hasTexts
        return LogContext(
            storage: LogContext.Storage(
                ids: ids,
                execution: found.pointee.execution.isEmpty ? outer.execution : found.pointee.execution,
                traceState: hasTexts ? found.pointee.traceState : nil,
                baggage: hasTexts ? found.pointee.baggage : nil,
                correlationID: hasTexts ? found.pointee.correlationID : nil,
                taskID: outer.taskID,
                fields: outer.fields
            )
        )
    }

    private static func joiningTrace(
        _ found: UnsafePointer<HeaderExtraction>,
        of outer: LogContext.Storage
    ) -> LogContext {
        var ids = outer.ids
        ids.tracedAncestor = ids.tracedAncestor.ofChild(parent: ids.parentSpanID)
        ids.parentSpanID = ids.spanID
        if ids.traceID == nil, outer.correlationID == nil {
            ids.traceID = .random()
            ids.parentSpanID = nil
            ids.tracedAncestor = .none
            ids.traceFlags = .sampled
        }
        // B3 can carry a decision about sampling without a trace.
        if found.pointee.sampling != .unspecified {
            ids.traceFlags = found.pointee.traceFlags.union(ids.traceFlags.intersection(.random))
            ids.samplingDetail = found.pointee.samplingDetail
        }
        ids.spanID = ids.traceID == nil ? nil : .random()
        return LogContext(
            storage: LogContext.Storage(
                ids: ids,
                execution: found.pointee.execution.isEmpty ? outer.execution : found.pointee.execution,
                traceState: outer.traceState,
                baggage: found.pointee.baggage ?? outer.baggage,
                correlationID: outer.correlationID,
                taskID: outer.taskID,
                fields: outer.fields
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
