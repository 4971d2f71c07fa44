/// One pass over a list of headers for all formats of one ``HeaderCodecs``.
///
/// The value lives on the stack. Each header is read once, and mostly bits are kept of it, not text.
struct HeaderReading: ~Copyable {
    private let formats: HeaderFormats
    private let duplicates: HeaderDuplicates
    private var duplicateCount = 0
    /// The formats that have a header in the list. The others have nothing to contribute.
    private var seen: HeaderFormats = []

    private var traceContext = TraceContextReading()
    private var creation = HeaderSlot<TraceParent>()
    private var creationState = TraceStateReading()
    private var baggage = BaggageReading()
    private var b3 = B3Reading()
    private var jaeger = JaegerReading()
    private var xray = XRayReading()
    private var plain = PlainReading()

    @inline(__always)
    init(_ formats: HeaderFormats, _ duplicates: HeaderDuplicates) {
        self.formats = formats
        self.duplicates = duplicates
    }

    @inline(__always)
    mutating func read(_ name: Span<UInt8>, _ value: Span<UInt8>?) {
        guard let header = HeaderName(name), let value, !formats.isDisjoint(with: header.readers) else { return }
        seen.formUnion(header.readers)
        if read(header, name, value) { duplicateCount += 1 }
    }

    /// Returns whether this header repeats a name in a format that allows it only once.
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

    /// Contributes the parts, format by format in this order.
    func contribute(to merge: inout HeaderMerge, in order: [HeaderFormat]) {
        for format in order where seen.contains(HeaderFormats(format.kind)) {
            switch format.kind {
            case .traceContext: traceContext.contribute(to: &merge)
            case .baggage: baggage.contribute(to: &merge, as: .baggage)
            case .b3, .b3Multi: b3.contribute(to: &merge, as: format)
            case .jaeger: jaeger.contribute(to: &merge)
            case .xray: xray.contribute(to: &merge)
            case .plain: plain.contribute(to: &merge)
            }
        }
        if let creation = creation.value {
            merge.addCreation(creation, creationState.result)
            merge.note(creationState.fault, of: .cloudEvents)
        }
        merge.note(creation.fault, of: .cloudEvents)
        merge.addDuplicates(duplicateCount)
    }
}
