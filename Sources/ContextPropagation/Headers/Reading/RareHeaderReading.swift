/// The readings of the headers of Datadog and of OpenTracing, and of the trace that a CloudEvent was created in.
struct RareHeaderReading: ~Copyable {
    private var creation = HeaderSlot<TraceParent>()
    private var creationState = TraceStateReading()
    var datadog = DatadogReading()
    var ottrace = OTTraceReading()

    /// Returns whether this header repeats a name in a format that allows it only once.
    mutating func read(
        _ header: HeaderName,
        _ name: Span<UInt8>,
        _ value: Span<UInt8>,
        _ duplicates: HeaderDuplicates
    ) -> Bool {
        if header == .cloudEventsTracestate {
            creationState.read(value)
            return false
        }
        return switch header {
        case .cloudEventsTraceparent: creation.read(value, duplicates)
        case .datadogTraceID: datadog.traceID.read(value, duplicates)
        case .datadogParentID: datadog.parentID.read(value, duplicates)
        case .datadogPriority: datadog.priority.read(value, duplicates)
        case .datadogTags: datadog.tags.read(value, duplicates)
        case .otTraceID: ottrace.traceID.read(value, duplicates)
        case .otSpanID: ottrace.spanID.read(value, duplicates)
        case .otSampled: ottrace.sampled.read(value, duplicates)
        case .otBaggage: ottrace.readBaggage(name, value, duplicates)
        default: false
        }
    }

    /// Contributes the parts of `format`, which is `datadog` or `ottrace`.
    func contribute(to merge: inout HeaderMerge, as format: HeaderFormat) {
        if format == .datadog { datadog.contribute(to: &merge) } else { ottrace.contribute(to: &merge) }
    }

    func contributeCreation(to merge: inout HeaderMerge) {
        if let creation = creation.value {
            merge.addCreation(creation, creationState.result)
            merge.note(creationState.fault, of: .cloudEvents)
        }
        merge.note(creation.fault, of: .cloudEvents)
    }
}
