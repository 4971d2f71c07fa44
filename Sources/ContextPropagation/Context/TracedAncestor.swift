/// The nearest span above a context's span that a tracing system gets to know: of the sender, or of this process.
///
/// Most spans of a process are only numbers on log lines: those of jobs, and of new traces. A span that is exported is
/// shown below its nearest ancestor that is exported too, because a tracing system has no place for a span whose parent
/// it never gets.
package enum TracedAncestor: Hashable, Sendable {
    /// The parent span, if there is one: it came from the sender with the context.
    case parent
    /// A span above the parent span.
    case span(SpanID)
    case none

    /// The ancestor for the children of a context with this one.
    func ofChild(parent: SpanID?) -> TracedAncestor {
        self == .parent ? parent.map { .span($0) } ?? .none : self
    }
}

extension LogContext {
    /// The span below which the span of this context is shown.
    package var tracedAncestor: SpanID? {
        switch storage.ids.tracedAncestor {
        case .parent: parentSpanID
        case .span(let span): span
        case .none: nil
        }
    }

    /// This context, when its span is exported: the spans below are shown below it.
    package var traced: LogContext {
        changed { parts in
            if let spanID = parts.spanID { parts.tracedAncestor = .span(spanID) }
        }
    }
}
