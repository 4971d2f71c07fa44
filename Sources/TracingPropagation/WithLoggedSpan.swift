#if DistributedTracing
internal import ContextPropagation
public import Tracing

/// Starts a span with the tracer of the process, and runs `body` in it, with its IDs on every line.
///
/// When to use it: instead of `withSpan`, which lines do not notice. It ends the span when `body` ends, and records the
/// error that `body` throws.
///
///     try await withLoggedSpan("resize") { span in
///         span.attributes["frame"] = 17
///         log.info("resized")                          // "span_id" is that of the span
///     }
///
/// The parent is the current span. Without one, or if another trace was bound inside of it, the span continues the
/// trace of `LogContext.current`: that of the process, or of a record. Without a tracer, `body` runs in a child of the
/// current `LogContext`.
///
/// - Parameters:
///   - name: The name of the span: that of the operation, without its values.
///   - kind: The relation to other spans.
///   - function: The function of the call. Keep the default.
///   - fileID: The source file of the call. Keep the default.
///   - line: The source line of the call. Keep the default.
///   - body: Runs on the caller's actor.
public func withLoggedSpan<Result>(
    _ name: String,
    ofKind kind: SpanKind = .internal,
    function: String = #function,
    file fileID: String = #fileID,
    line: UInt = #line,
    _ body: nonisolated(nonsending) (any Span) async throws -> Result
) async rethrows -> Result {
    let span = LoggedSpan(name, kind, function, fileID, line)
    return try await LogContext.$current.withValue(span.logContext) {
        try await ServiceContext.$current.withValue(span.span.context.carryingCurrent) {
            defer { span.span.end() }
            do {
                return try await body(span.span)
            } catch {
                span.span.recordError(error)
                span.span.setStatus(SpanStatus(code: .error))
                throw error
            }
        }
    }
}

/// Starts a span with the tracer of the process, and runs a synchronous `body` in it, with its IDs on every line.
public func withLoggedSpan<Result>(
    _ name: String,
    ofKind kind: SpanKind = .internal,
    function: String = #function,
    file fileID: String = #fileID,
    line: UInt = #line,
    _ body: (any Span) throws -> Result
) rethrows -> Result {
    let span = LoggedSpan(name, kind, function, fileID, line)
    return try LogContext.$current.withValue(span.logContext) {
        try ServiceContext.$current.withValue(span.span.context.carryingCurrent) {
            defer { span.span.end() }
            do {
                return try body(span.span)
            } catch {
                span.span.recordError(error)
                span.span.setStatus(SpanStatus(code: .error))
                throw error
            }
        }
    }
}

/// A span that has just been started, and the context of its lines.
private struct LoggedSpan {
    let span: any Span
    let logContext: LogContext

    init(_ name: String, _ kind: SpanKind, _ function: String, _ fileID: String, _ line: UInt) {
        let parent = ServiceContext.ofNewSpan()
        span = InstrumentationSystem.tracer.startSpan(
            name,
            context: parent,
            ofKind: kind,
            at: DefaultTracerClock.now,
            function: function,
            file: fileID,
            line: line
        )
        let inner = parent.innermostLogContext
        logContext =
            inner.following(tracerHeaders: span.context.tracerHeaders, in: parent)
            ?? inner.child().sampled(as: span)
    }
}
#endif
