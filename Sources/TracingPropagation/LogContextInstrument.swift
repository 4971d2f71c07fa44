#if DistributedTracing
public import ContextPropagation
public import Tracing

/// Makes every library that calls swift-distributed-tracing's instrument carry the `LogContext`: servers read the IDs
/// of a request from its headers, and clients write them into their requests.
///
///     InstrumentationSystem.bootstrap(LogContextInstrument())
///     InstrumentationSystem.bootstrap(MultiplexInstrument([tracer, LogContextInstrument()]))
///
/// A client injects `LogContext.following(_:)`: the tracer's span, if there is one, and else the innermost
/// `LogContext`. Put this instrument last, because the last one that writes a header replaces the others: if code
/// inside a span binds another trace, the tracer still writes the span.
///
/// A request without a trace gets one, as a record does. The instrument puts the context of a request into
/// `ServiceContext.logContext`; clients find it there. Lines get it from `withLogContext(following:_:)`,
/// which a server's middleware calls once.
///
/// The bridges of `ContextPropagation` carry `ServiceContext.current`, too, from the first instrument on, or from the
/// first call of `withLoggedSpan` or `withLogContext(following:_:)`.
///
/// An injector can replace headers but not remove them. A request that already has a trace in another format keeps it.
public struct LogContextInstrument: Instrument {
    /// The formats that the instrument reads and writes.
    public let codecs: HeaderCodecs

    /// Makes an instrument.
    ///
    /// - Parameter codecs: The formats. The default comes from `OTEL_PROPAGATORS`. Baggage of Jaeger (`uberctx-…`)
    ///   and of OpenTracing (`ot-baggage-…`) and custom codecs are only written, because an extractor cannot list the
    ///   names of headers.
    public init(codecs: HeaderCodecs = .environment) {
        self.codecs = codecs
        _ = ServiceContext.isCarried
    }

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier,
        into context: inout ServiceContext,
        using extractor: Extract
    ) where Extract.Carrier == Carrier {
        var headers: [HeaderField] = []
        for name in codecs.knownHeaderNames {
            // Some carriers, such as dictionaries, compare names byte by byte.
            let value = extractor.extract(key: name, from: carrier)
            guard let value = value ?? extractor.extract(key: name.lowercased(), from: carrier) else { continue }
            headers.append(HeaderField(name: name, value: value))
        }
        context.logContext = codecs.extract(from: headers).receivingContext()
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext,
        into carrier: inout Carrier,
        using injector: Inject
    ) where Inject.Carrier == Carrier {
        var headers: [HeaderField] = []
        codecs.inject(.following(context), into: &headers)
        for header in headers {
            injector.inject(header.text ?? "", forKey: header.name, into: &carrier)
        }
    }
}
#endif
