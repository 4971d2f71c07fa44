package import ContextPropagation
import Synchronization

/// Passes finished spans on, for example to a line for an OpenTelemetry collector.
package protocol SpanExporter: Sendable {
    func export(_ span: FinishedSpan)
}

/// The spans of the process and their exporter. Without an exporter, a span costs the reading of one flag.
package enum SpanExport {
    /// Holds the existential in a `let`, so that a call through an unmanaged reference neither copies nor counts it.
    private final class Installed: Sendable {
        let exporter: any SpanExporter

        init(_ exporter: any SpanExporter) { self.exporter = exporter }
    }

    /// The address of an `Installed`, 0 if there is none. It is never freed, because a span that another thread is
    /// exporting may still use one that was replaced. There is no lock, because a forked child would trap at one that a
    /// thread of its parent held.
    private static let address = Atomic<UInt>(0)

    /// Passes the spans of the process to `exporter` from now on, or to none. It *replaces* the previous exporter.
    package static func install(_ new: (any SpanExporter)?) {
        let installed = new.map { Unmanaged.passRetained(Installed($0)).toOpaque() }
        address.store(installed.map { UInt(bitPattern: $0) } ?? 0, ordering: .releasing)
    }

    /// Whether there is an exporter. Hot code of another module asks this before ``includes(_:)``, because there the
    /// closure of the context costs references.
    package static var hasExporter: Bool { address.load(ordering: .relaxed) != 0 }

    /// Whether the span of a context is exported: there is an exporter, and the trace is sampled.
    @inline(__always)
    package static func includes(_ context: @autoclosure () -> LogContext) -> Bool {
        hasExporter && isSampled(context())
    }

    private static func isSampled(_ context: LogContext) -> Bool {
        context.spanID != nil && context.traceFlags.contains(.sampled)
    }

    /// Exports a span. Ask ``includes(_:)`` before.
    package static func export(_ span: FinishedSpan) {
        guard let pointer = UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring)) else { return }
        Unmanaged<Installed>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.exporter.export(span) }
    }
}
