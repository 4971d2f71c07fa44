/// The readings of the headers that few lists have.
struct OtherHeaderReading: ~Copyable {
    private var tracestate = TraceStateReading()
    private var creation = HeaderSlot<TraceParent>()
    private var creationState = TraceStateReading()
    private var baggage = BaggageReading()
    private var b3 = B3Reading()
    private var jaeger = JaegerReading()
    private var xray = XRayReading()
    /// Set up when the first of their headers arrives, because most lists have none.
    private var rare: RareHeaderReading?

    /// Returns whether this header repeats a name in a format that allows it only once.
    mutating func read(
        _ header: HeaderName,
        _ name: Span<UInt8>,
        _ value: Span<UInt8>,
        _ duplicates: HeaderDuplicates
    ) -> Bool {
        switch header {
        case .tracestate:
            tracestate.read(value)
        case .cloudEventsTraceparent:
            return creation.read(value, duplicates)
        case .cloudEventsTracestate:
            creationState.read(value)
        case .baggage:
            baggage.read(value)
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
        case .jaeger:
            return jaeger.trace.read(value, duplicates)
        case .jaegerBaggage:
            return jaeger.readBaggage(name, value, duplicates)
        case .xray:
            return xray.trace.read(value, duplicates)
        case .datadogTraceID, .datadogParentID, .datadogPriority, .datadogTags, .otTraceID, .otSpanID, .otSampled,
            .otBaggage:
            return readRare(header, name, value, duplicates)
        case .b3Other, .foreign, .traceparent, .traceID, .executionID, .correlationID, .xCorrelationID:
            // No format reads the first two, and `HeaderReading` reads the others itself.
            break
        }
        return false
    }

    @inline(never)
    private mutating func readRare(
        _ header: HeaderName,
        _ name: Span<UInt8>,
        _ value: Span<UInt8>,
        _ duplicates: HeaderDuplicates
    ) -> Bool {
        var reading = rare.take() ?? RareHeaderReading()
        let isRepeated = reading.read(header, name, value, duplicates)
        rare = consume reading
        return isRepeated
    }

    /// Contributes the parts of `format`.
    ///
    /// - Parameter traceparent: The header beside `tracestate`.
    func contribute(to merge: inout HeaderMerge, as format: HeaderFormat, _ traceparent: HeaderSlot<TraceParent>) {
        switch format.kind {
        case .traceContext: traceparent.contribute(tracestate, to: &merge)
        case .baggage: baggage.contribute(to: &merge, as: .baggage)
        case .b3, .b3Multi: b3.contribute(to: &merge, as: format)
        case .jaeger: jaeger.contribute(to: &merge)
        case .xray, .xrayLambda: xray.contribute(to: &merge, as: format)
        case .ottrace, .datadog: contributeRare(to: &merge, as: format)
        case .plain: break
        }
    }

    @inline(never)
    private func contributeRare(to merge: inout HeaderMerge, as format: HeaderFormat) {
        switch rare {
        case .some(let rare): rare.contribute(to: &merge, as: format)
        case .none: break
        }
    }

    func contributeCreation(to merge: inout HeaderMerge) {
        if let creation = creation.value {
            merge.addCreation(creation, creationState.result)
            merge.note(creationState.fault, of: .cloudEvents)
        }
        merge.note(creation.fault, of: .cloudEvents)
    }
}
