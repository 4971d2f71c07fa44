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
        continuing(logContext, others: [])
    }

    /// This context with the trace of `logContext`, as ``continuing(_:)`` makes it, and with the headers of the tracer
    /// that no codec reads.
    ///
    /// - Parameter received: All headers of a message. Those of a format that a codec knows are left out: the message's
    ///   trace is that of `logContext`, which the receiver's own codecs have read.
    package func continuing(_ logContext: LogContext, received: [HeaderField]) -> ServiceContext {
        continuing(logContext, others: received.filter { !HeaderCodecs.ofTracers.replaces($0.name.utf8.span) })
    }

    private func continuing(_ logContext: LogContext, others: [HeaderField]) -> ServiceContext {
        var result = self
        result.logContext = logContext
        guard let tracer = Self.processTracer else { return result }
        var headers = others
        if logContext.traceID != nil {
            let known = logContext.changed { parts in
                parts.spanID = logContext.tracedAncestor ?? parts.spanID
            }
            HeaderCodecs.ofTracers.inject(known, into: &headers)
        }
        if !headers.isEmpty { tracer.extract(headers, into: &result, using: TracerHeaders()) }
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
