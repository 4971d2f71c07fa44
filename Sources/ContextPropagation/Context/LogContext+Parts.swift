extension LogContext {
    /// The parts of a context, which a derived context can change.
    package struct Parts: Sendable {
        package var ids = Identifiers()
        package var traceState: TraceState?
        package var baggage: Baggage?
        package var correlationID: String?
        package var execution = ShortText()
        package var taskID: String?
        package var fields: (any ScopeFields)?

        package init() {}
    }
}

extension LogContext.Parts {
    package var traceID: TraceID? {
        get { ids.traceID }
        set { ids.traceID = newValue }
    }

    package var spanID: SpanID? {
        get { ids.spanID }
        set { ids.spanID = newValue }
    }

    package var parentSpanID: SpanID? {
        get { ids.parentSpanID }
        set { ids.parentSpanID = newValue }
    }

    package var traceFlags: TraceFlags {
        get { ids.traceFlags }
        set { ids.traceFlags = newValue }
    }

    package var samplingDetail: LogContext.SamplingDetail {
        get { ids.samplingDetail }
        set { ids.samplingDetail = newValue }
    }

    package var tracedAncestor: TracedAncestor {
        get { ids.tracedAncestor }
        set { ids.tracedAncestor = newValue }
    }

    /// The text of ``execution``. A text of more than 15 bytes is allocated with each call.
    package var executionID: String? {
        get { execution.text }
        set { execution = newValue.map { ShortText($0) } ?? ShortText() }
    }
}
