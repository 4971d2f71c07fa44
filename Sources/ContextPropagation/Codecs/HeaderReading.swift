/// What the codecs of one ``HeaderCodecs`` have read of one list so far.
///
/// A value for the stack: each header is looked at once, and what is kept of it are bits, not text.
struct HeaderReading {
    private let formats: HeaderFormat.Set
    private let duplicates: HeaderDuplicates
    private var duplicateCount = 0

    private var traceContext = TraceContextReading()
    private var creation = HeaderSlot<TraceParent>()
    private var baggage = BaggageReading()
    private var plain = PlainReading()

    init(_ formats: HeaderFormat.Set, _ duplicates: HeaderDuplicates) {
        self.formats = formats
        self.duplicates = duplicates
    }

    @inline(__always)
    mutating func read(_ name: Span<UInt8>, _ value: Span<UInt8>?) {
        guard let name = HeaderName(name), let value, !formats.isDisjoint(with: name.readers) else { return }
        if read(name, value) { duplicateCount += 1 }
    }

    /// Returns whether this is a second header of a name that a format has once.
    private mutating func read(_ name: HeaderName, _ value: Span<UInt8>) -> Bool {
        switch name {
        case .traceparent:
            return traceContext.traceparent.read(value, duplicates)
        case .tracestate:
            traceContext.tracestate.read(value)
        case .cloudEventsTraceparent:
            return creation.read(value, duplicates)
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
        case .b3, .b3TraceID, .b3SpanID, .b3Sampled, .b3Flags, .b3Other, .jaeger, .jaegerBaggage, .xray:
            break
        }
        return false
    }

    /// The parts, each from the first of the formats that has it.
    func result(in order: [HeaderFormat]) -> HeaderExtraction {
        var extraction = HeaderExtraction()
        for format in order {
            switch format.kind {
            case .traceContext: traceContext.settle(&extraction)
            case .baggage: baggage.settle(&extraction)
            case .plain: plain.settle(&extraction)
            case .b3, .b3Multi, .jaeger, .xray, .cloudEvents, .custom: break
            }
        }
        extraction.creation = creation.value
        extraction.duplicates = duplicateCount
        return extraction
    }
}
