package import ContextPropagation

/// A unit of work that has ended, as tracing systems show it.
///
/// Specification: [OpenTelemetry, Tracing API, "Span"](https://opentelemetry.io/docs/specs/otel/trace/api/#span).
package struct FinishedSpan: Sendable {
    /// The relation to other spans, with the numbers of OTLP.
    package enum Kind: Int, Sendable {
        case `internal` = 1
        case producer = 4
        case consumer = 5
    }

    /// The place of the call in the source.
    package struct Source: Sendable {
        package let fileID: StaticString
        package let function: StaticString
        package let line: UInt

        package init(fileID: StaticString, function: StaticString, line: UInt) {
            self.fileID = fileID
            self.function = function
            self.line = line
        }
    }

    /// The context of the work: its span ID is that of this span.
    package let context: LogContext
    /// The span below which this one is shown.
    package let parent: SpanID?
    /// The component, as the label of a log names it.
    package let scope: String
    package let name: String
    package let kind: Kind
    /// In nanoseconds since 1970-01-01T00:00:00Z.
    package let start: UInt64
    /// In nanoseconds since 1970-01-01T00:00:00Z.
    package let end: UInt64
    package let source: Source?
    /// The fields of the context, and those of the span. If a name is in both, the latter count.
    package let attributes: [RenderedFields]
    package let error: (any Error)?
    package let links: [TraceParent]

    /// Makes the span of work that has just ended.
    ///
    /// - Parameters:
    ///   - context: The context of the work.
    ///   - parent: The span below which this one is shown.
    ///   - start: The beginning, as ``ContextPropagation/MonotonicTime`` told it.
    package init(
        _ name: String,
        _ kind: Kind,
        scope: String,
        in context: LogContext,
        below parent: SpanID?,
        since start: UInt64,
        source: Source? = nil,
        attributes: RenderedFields? = nil,
        error: (any Error)? = nil,
        links: [TraceParent] = []
    ) {
        let elapsed = MonotonicTime.elapsed(from: start, to: MonotonicTime.now)
        let (seconds, nanoseconds) = Platform.timeSinceEpoch
        let now = UInt64(clamping: seconds) &* 1_000_000_000 &+ UInt64(clamping: nanoseconds)
        self.context = context
        self.parent = parent
        self.scope = scope
        self.name = name
        self.kind = kind
        self.start = now > elapsed ? now - elapsed : 0
        end = now
        self.source = source
        self.attributes = [context.storage.renderedFields, attributes].compactMap { $0 }
        self.error = error
        self.links = links
    }
}
