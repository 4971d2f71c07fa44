/// What the codecs of one ``HeaderCodecs`` have read of one list so far.
///
/// A value for the stack: each header is looked at once, and what is kept of it are bits, not text.
struct HeaderReading: ~Copyable {
    private let formats: HeaderFormat.Set
    private let duplicates: HeaderDuplicates
    private var duplicateCount = 0
    /// The formats that a header was read for: the others have nothing to settle.
    private var seen: HeaderFormat.Set = []

    private var traceContext = TraceContextReading()
    private var creation = HeaderSlot<TraceParent>()
    private var creationState = TraceStateReading()
    private var baggage = BaggageReading()
    private var b3 = B3Reading()
    private var jaeger = JaegerReading()
    private var xray = XRayReading()
    private var plain = PlainReading()

    @inline(__always)
    init(_ formats: HeaderFormat.Set, _ duplicates: HeaderDuplicates) {
        self.formats = formats
        self.duplicates = duplicates
    }

    @inline(__always)
    mutating func read(_ name: Span<UInt8>, _ value: Span<UInt8>?) {
        guard let header = HeaderName(name), let value, !formats.isDisjoint(with: header.readers) else { return }
        seen.formUnion(header.readers)
        if read(header, name, value) { duplicateCount += 1 }
    }

    /// Returns whether this is a second header of a name that a format has once.
    private mutating func read(_ header: HeaderName, _ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        switch header {
        case .traceparent:
            return traceContext.traceparent.read(value, duplicates)
        case .tracestate:
            traceContext.tracestate.read(value)
        case .cloudEventsTraceparent:
            return creation.read(value, duplicates)
        case .cloudEventsTracestate:
            creationState.read(value)
        case .baggage:
            baggage.read(value)
        case .traceID:
            return plain.traceID.read(value, duplicates)
        case .executionID:
            return plain.executionID.read(value, duplicates)
        case .correlationID:
            return plain.correlationID.read(value, duplicates)
        case .xCorrelationID:
            return plain.xCorrelationID.read(value, duplicates)
        case .b3:
            return b3.single.read(value, duplicates)
        case .b3TraceID:
            return b3.traceID.read(value, duplicates)
        case .b3SpanID:
            return b3.spanID.read(value, duplicates)
        case .b3Sampled:
            return b3.sampled.read(value, duplicates)
        case .b3Flags:
            return b3.flags.read(value, duplicates)
        case .b3Other:
            break
        case .jaeger:
            return jaeger.trace.read(value, duplicates)
        case .jaegerBaggage:
            return jaeger.readBaggage(name, value, duplicates)
        case .xray:
            return xray.trace.read(value, duplicates)
        }
        return false
    }

    /// Sets the parts, each from the first of the formats that has it.
    func settle(_ extraction: inout HeaderExtraction, in order: [HeaderFormat]) {
        for format in order where seen.contains(HeaderFormat.Set(format.kind)) {
            switch format.kind {
            case .traceContext: traceContext.settle(&extraction)
            case .baggage: baggage.settle(&extraction, as: .baggage)
            case .b3, .b3Multi: b3.settle(&extraction, as: format)
            case .jaeger: jaeger.settle(&extraction)
            case .xray: xray.settle(&extraction)
            case .plain: plain.settle(&extraction)
            case .cloudEvents, .custom: break
            }
        }
        if let parent = creation.value {
            extraction.creation = parent
            extraction.creationState = creationState.result
            extraction.note(creationState.fault, of: .cloudEvents)
        }
        extraction.note(creation.fault, of: .cloudEvents)
        extraction.duplicates = duplicateCount
    }
}
