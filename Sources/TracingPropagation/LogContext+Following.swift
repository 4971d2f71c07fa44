#if DistributedTracing
public import ContextPropagation
public import Tracing

extension LogContext {
    /// The identifiers of a `ServiceContext`: those of the tracer's span, if there is one, and the execution, task and
    /// fields of the innermost scope.
    ///
    /// When to use it: to read or to send the identifiers. To put them on lines, use `withLogContext(following:_:)`.
    ///
    /// - With a tracer's span, the trace, the span, the flags and the tracestate are the tracer's. The tracer of the
    ///   process writes them as for a request, so every tracer works whose headers
    ///   ``/ContextPropagation/HeaderCodecs`` reads. Baggage that the tracer writes replaces the baggage. If
    ///   it writes none and its trace is a different one, the baggage is dropped. A correlation ID is left out.
    /// - If the program has bound another trace inside of that span, as with `LogContext.newTrace()`, that trace
    ///   remains. ma-logger knows the order only if ``LogContextInstrument`` or a function of this module made the
    ///   `ServiceContext`.
    /// - Without a tracer's span, the result is `ServiceContext.logContext`, or `LogContext.current` if the
    ///   program has bound one since.
    ///
    /// - Parameter serviceContext: The context of a library or a span. Nil returns `LogContext.current`.
    public static func following(_ serviceContext: ServiceContext? = .current) -> LogContext {
        guard let serviceContext else { return .current }
        let inner = serviceContext.innermostLogContext
        let headers = serviceContext.tracerHeaders
        if headers.isEmpty { return inner }
        let found = HeaderCodecs.ofTracers.extract(from: headers)
        if serviceContext.isOlderThanBinding, inner.traceID != found.traceID { return inner }
        return inner.following(found, parent: nil)
    }

    /// This context in the span of a tracer, whose headers are `found`. The result is nil if they name no span.
    ///
    /// - Parameter parent: The context in which the tracer started the span.
    package func following(tracerHeaders headers: [HeaderField], in parent: ServiceContext) -> LogContext? {
        let found = HeaderCodecs.ofTracers.extract(from: headers)
        guard found.traceID != nil, found.parentSpanID != nil else { return nil }
        return following(found, parent: HeaderCodecs.ofTracers.extract(from: parent.tracerHeaders).parentSpanID)
    }

    /// This context with the sampling decision of a new span whose headers name no span.
    ///
    /// A sampler has dropped a span that does not record. From here on, the trace is not sampled: otherwise other
    /// services would record it without its beginning. swift-otel, for example, writes no headers for such a span.
    ///
    /// Specification: [OpenTelemetry, Tracing SDK,
    /// "Sampling"](https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampling).
    package func sampled(as span: any Tracing.Span) -> LogContext {
        if span.isRecording || isDebug || ServiceContext.processTracer == nil { return self }
        return changed { parts in
            parts.traceFlags.remove(.sampled)
            parts.samplingDetail = .none
        }
    }

    private func following(_ found: HeaderExtraction, parent: SpanID?) -> LogContext {
        guard let traceID = found.traceID, let span = found.parentSpanID else { return self }
        if traceID == self.traceID, span == spanID { return self }
        return changed { parts in
            if let baggage = found.baggage {
                parts.baggage = baggage
            } else if parts.traceID != traceID, parts.traceID != nil {
                parts.baggage = nil
            }
            parts.traceID = traceID
            parts.spanID = span
            parts.parentSpanID = parent
            // The tracer exports its span, so that spans below it are shown below it.
            parts.tracedAncestor = .span(span)
            parts.traceFlags = found.traceFlags
            parts.samplingDetail = .none
            parts.traceState = found.traceState
            parts.correlationID = nil
        }
    }
}
#endif
