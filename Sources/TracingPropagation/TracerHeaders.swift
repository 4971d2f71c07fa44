#if DistributedTracing
package import ContextPropagation
package import Tracing

/// Reads and writes a list of headers for an instrument. Names match in any case.
package struct TracerHeaders: Injector, Extractor {
    package init() {}

    package func inject(_ value: String, forKey key: String, into carrier: inout [HeaderField]) {
        let name = key.lowercased()
        carrier.removeAll { $0.name.lowercased() == name }
        carrier.append(HeaderField(name: key, value: value))
    }

    package func extract(key: String, from carrier: [HeaderField]) -> String? {
        let name = key.lowercased()
        return carrier.last { $0.name.lowercased() == name }?.text
    }
}

extension ServiceContext {
    /// The tracer of the process; nil if there is none.
    package static var processTracer: (any Tracer)? {
        let tracer = InstrumentationSystem.tracer
        return tracer is NoOpTracer ? nil : tracer
    }

    /// The headers that the tracer of the process writes for this context. They are empty without a tracer, and without
    /// a span.
    package var tracerHeaders: [HeaderField] {
        var headers: [HeaderField] = []
        Self.processTracer?.inject(self, into: &headers, using: TracerHeaders())
        return headers
    }
}

extension HeaderCodecs {
    /// The codecs of every format that a tracer writes. The first that has a trace counts.
    static let ofTracers = HeaderCodecs([.traceContext, .baggage, .b3, .b3Multi, .jaeger, .xray, .ottrace, .datadog])
}
#endif
