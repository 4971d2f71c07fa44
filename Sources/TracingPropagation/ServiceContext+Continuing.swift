#if DistributedTracing
public import ContextPropagation
public import Tracing

extension ServiceContext {
    /// This context with the trace of `logContext`: a span that the process's tracer starts in it belongs to that
    /// trace.
    ///
    /// When to use it: at the beginning of work whose trace the tracer does not know, such as the trace of the process
    /// (`TRACEPARENT`) or that of a stored job. `withLoggedSpan` calls it by itself.
    ///
    ///     try await withSpan("import", context: .topLevel.continuing(.process)) { span in … }
    ///
    /// The parent of the span is the nearest span above that a tracing system knows, such as the sender's; else it is
    /// the span of `logContext`. A context without a 32-digit trace ID changes only ``logContext``.
    ///
    /// - Parameter logContext: The identifiers. They also become ``logContext``.
    public func continuing(_ logContext: LogContext = .current) -> ServiceContext {
        var result = self
        result.logContext = logContext
        guard logContext.traceID != nil, let tracer = Self.processTracer else { return result }
        let known = logContext.changed { parts in
            parts.spanID = logContext.tracedAncestor ?? parts.spanID
        }
        var headers: [HeaderField] = []
        HeaderCodecs.ofTracers.inject(known, into: &headers)
        tracer.extract(headers, into: &result, using: TracerHeaders())
        return result
    }

    /// The context in which a new span starts: that of the current span, or that of `LogContext.current` if there is no
    /// current span, or if another trace was bound inside of it.
    package static func ofNewSpan() -> ServiceContext {
        guard let current else { return ServiceContext.topLevel.continuing(.current) }
        let headers = current.tracerHeaders
        let inner = current.innermostLogContext
        guard !headers.isEmpty else { return current.continuing(inner) }
        guard current.isOlderThanBinding else { return current }
        let traceID = HeaderCodecs.ofTracers.extract(from: headers).traceID
        if inner.traceID == traceID || traceID == nil { return current }
        // A scope without a trace, such as one of the process, leaves the span.
        return inner.traceID == nil ? ServiceContext.topLevel.continuing(inner) : current.continuing(inner)
    }
}
#endif
