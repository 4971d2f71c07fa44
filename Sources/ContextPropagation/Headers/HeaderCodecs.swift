/// The header codecs of a process, in order: a context is read from whatever formats the headers hold, and written in
/// all of these.
///
///     let found = HeaderCodecs.environment.extract(from: headers)
///     withLogContext(found.receivingContext()) { … }
///
///     var headers: [String: String] = [:]
///     HeaderCodecs([.b3, .plain]).inject(.current, into: &headers)
///
/// Formats that this module does not know are a ``HeaderCodec`` of your own.
public struct HeaderCodecs: Sendable {
    /// The formats, in the order in which they are asked.
    public let formats: [HeaderFormat]
    /// What to make of several headers of one name.
    public let duplicates: HeaderDuplicates
    /// Whether the plain format writes `execution_id`.
    public let sendsExecution: Bool

    private let custom: [any HeaderCodec]
    private let formatSet: HeaderFormat.Set

    /// The formats in use where nothing else is said: `tracecontext,baggage,plain`.
    public static let defaultFormats: [HeaderFormat] = [.traceContext, .baggage, .plain]

    /// Codecs for these formats.
    ///
    /// - Parameters:
    ///   - formats: Of ``HeaderFormat/allCases``, in the order in which they are asked. The first that holds a valid
    ///     trace gives the trace, the first that holds baggage gives the baggage; what others say more of the same span
    ///     (its tracestate, that it is to be debugged) is added. None at all: headers are neither read nor changed.
    ///   - duplicates: What to make of several headers of one name.
    ///   - sendsExecution: False keeps the execution out of messages that leave the house.
    ///   - custom: Codecs of your own, asked after `formats`. Each of them takes a pass of its own over the headers.
    public init(
        _ formats: [HeaderFormat] = defaultFormats,
        duplicates: HeaderDuplicates = .last,
        sendsExecution: Bool = true,
        custom: [any HeaderCodec] = []
    ) {
        self.formats = formats.reduce(into: []) { list, format in
            if HeaderFormat.allCases.contains(format), !list.contains(format) { list.append(format) }
        }
        self.duplicates = duplicates
        self.sendsExecution = sendsExecution
        self.custom = custom
        formatSet = self.formats.reduce(into: []) { $0.formUnion(HeaderFormat.Set($1.kind)) }
    }
}

extension HeaderCodecs {
    /// Whether an inject of `context` does anything.
    package func changesHeaders(for context: LogContext) -> Bool {
        !context.isEmpty && (!formats.isEmpty || !custom.isEmpty)
    }

    /// Whether an inject takes out the headers of this name, whatever they say.
    package func replaces(_ name: Span<UInt8>) -> Bool {
        HeaderName(name)?.isReplaced(by: formatSet) ?? false
    }
}

extension HeaderCodecs: HeaderCodec {
    /// Reads what the headers say, in one pass. Never fails: what cannot be read is absent, and
    /// ``HeaderExtraction/misses`` says why.
    public func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction {
        var reading = HeaderReading(formatSet, duplicates)
        carrier.forEachHeader { name, value in reading.read(name, value) }
        var extraction = HeaderExtraction()
        reading.settle(&extraction, in: formats)
        for codec in custom { extraction.fill(from: codec.extract(from: carrier)) }
        extraction.fillFromCreation()
        return extraction
    }

    /// Writes `context` into the headers, *replacing* whatever trace they carried, in whatever format.
    ///
    /// Other headers stay as they were, in order; so do `correlation_id`, `x-correlation-id` and those of CloudEvents.
    /// A context without trace and execution changes nothing.
    public func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        guard changesHeaders(for: context) else { return }
        carrier.removeHeaders { name in replaces(name) }
        for format in formats {
            switch format.kind {
            case .traceContext: TraceContextCodec.inject(context, into: &carrier)
            case .baggage: BaggageCodec.inject(context, into: &carrier)
            case .b3: B3Codec.injectSingle(context, into: &carrier)
            case .b3Multi: B3Codec.injectMulti(context, into: &carrier)
            case .jaeger: JaegerCodec.inject(context, into: &carrier)
            case .xray: XRayCodec.inject(context, into: &carrier)
            case .plain: PlainCodec.inject(context, sendsExecution: sendsExecution, into: &carrier)
            case .cloudEvents, .custom: break
            }
        }
        for codec in custom { codec.inject(context, into: &carrier) }
    }
}
