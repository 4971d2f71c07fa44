import ContextPropagation
import OTel
import Tracing
import TracingPropagation

/// The tracer of swift-otel, which records spans and exports none, beside ma-logger's instrument.
enum OTelProcess {
    typealias Sampler = OTel.Configuration.TracesConfiguration.SamplerConfiguration

    /// Bootstraps the process, which can be done once.
    static func bootstrap(_ sampler: Sampler = .alwaysOn, tracerFirst: Bool = false) throws {
        var configuration = OTel.Configuration.default
        configuration.traces.exporter = .none
        configuration.traces.sampler = sampler
        let tracer = try OTel.makeTracingBackend(configuration: configuration).factory
        let instrument = LogContextInstrument()
        let members: [any Instrument] = tracerFirst ? [tracer, instrument] : [instrument, tracer]
        InstrumentationSystem.bootstrap(MultiplexInstrument(members))
    }

    /// The context of a request in its server.
    static func received(_ headers: [String: String]) -> ServiceContext {
        var context = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(headers, into: &context, using: Headers())
        return context
    }

    /// The headers that a client writes now, as clients do.
    static func sent() -> [String: String] {
        var headers: [String: String] = [:]
        InstrumentationSystem.instrument.inject(.current ?? .topLevel, into: &headers, using: Headers())
        return headers
    }

    private struct Headers: Injector, Extractor {
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }

        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    }
}

extension ServiceContext {
    /// The span that the tracer itself writes for this context.
    var spanOfTracer: TraceParent? {
        struct Header: Injector {
            func inject(_ value: String, forKey key: String, into carrier: inout String?) {
                if key == "traceparent" { carrier = value }
            }
        }
        var text: String?
        InstrumentationSystem.tracer.inject(self, into: &text, using: Header())
        return text.flatMap { TraceParent($0) }
    }
}
