package import ContextPropagation
import Synchronization

/// Passes finished spans on, for example to a line for an OpenTelemetry collector.
package protocol SpanExporter: Sendable {
    func export(_ span: FinishedSpan)
}

/// The spans of the process and their exporter. Without an exporter, a span costs the reading of one flag.
package enum SpanExport {
    private static let isInstalled = Atomic<Bool>(false)
    private static let exporter = Mutex<(any SpanExporter)?>(nil)

    /// Passes the spans of the process to `exporter` from now on, or to none. It *replaces* the previous exporter.
    package static func install(_ new: (any SpanExporter)?) {
        exporter.withLock { exporter in
            exporter = new
            isInstalled.store(new != nil, ordering: .relaxed)
        }
    }

    /// Whether there is an exporter. Hot code of another module asks this before ``includes(_:)``, because there the
    /// closure of the context costs references.
    package static var hasExporter: Bool { isInstalled.load(ordering: .relaxed) }

    /// Whether the span of a context is exported: there is an exporter, and the trace is sampled.
    @inline(__always)
    package static func includes(_ context: @autoclosure () -> LogContext) -> Bool {
        isInstalled.load(ordering: .relaxed) && isSampled(context())
    }

    private static func isSampled(_ context: LogContext) -> Bool {
        context.spanID != nil && context.traceFlags.contains(.sampled)
    }

    /// Exports a span. Ask ``includes(_:)`` before.
    package static func export(_ span: FinishedSpan) {
        exporter.withLock { $0 }?.export(span)
    }
}
