#if DistributedTracing
import ContextPropagation
import InMemoryTracing
import Tracing

/// The header that only this tracer knows, as it was read.
enum PrivateHeader: ServiceContextKey {
    typealias Value = String
}

/// The in-memory tracer with IDs and a header as real tracers write them.
struct W3CTracer: Tracer {
    let memory = InMemoryTracer(
        idGenerator: InMemoryTracer.IDGenerator(
            nextTraceID: { TraceID.random().description },
            nextSpanID: { SpanID.random().description }
        )
    )

    var finished: [FinishedInMemorySpan] { memory.finishedSpans }

    func span(_ name: String) -> FinishedInMemorySpan? { finished.first { $0.operationName == name } }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> InMemorySpan {
        memory.startSpan(
            operationName,
            context: context(),
            ofKind: kind,
            at: instant(),
            function: function,
            file: fileID,
            line: line
        )
    }

    func forceFlush() {}

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let span = context.inMemorySpanContext else { return }
        injector.inject("00-\(span.traceID)-\(span.spanID)-01", forKey: "traceparent", into: &carrier)
        injector.inject("yes", forKey: "tracer-private", into: &carrier)
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        context[PrivateHeader.self] = extractor.extract(key: "tracer-private", from: carrier)
        guard let text = extractor.extract(key: "traceparent", from: carrier), let parent = TraceParent(text) else {
            return
        }
        context.inMemorySpanContext = InMemorySpanContext(
            traceID: parent.traceID.description,
            spanID: parent.spanID.description,
            parentSpanID: nil
        )
    }
}

/// A tracer whose sampler drops every span. Like swift-otel, it gives the spans an empty context.
struct DroppingTracer: Tracer {
    func startSpan<Instant: TracerInstant>(
        _ operationName: String,
        context: @autoclosure () -> ServiceContext,
        ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant,
        function: String,
        file fileID: String,
        line: UInt
    ) -> NoOpTracer.NoOpSpan {
        NoOpTracer.NoOpSpan(context: .topLevel)
    }

    func forceFlush() {}

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {}

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {}
}

/// The headers of a request, as a dictionary.
struct Dictionaries: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }

    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}

extension Instrument {
    func context(of request: [String: String]) -> ServiceContext {
        var context = ServiceContext.topLevel
        extract(request, into: &context, using: Dictionaries())
        return context
    }

    /// The headers that a client writes now, as clients do.
    func request(_ context: ServiceContext = .current ?? .topLevel) -> [String: String] {
        var headers: [String: String] = [:]
        inject(context, into: &headers, using: Dictionaries())
        return headers
    }
}
#endif
