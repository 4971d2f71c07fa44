/// The readings of the headers of Datadog and of OpenTracing.
struct RareHeaderReading: ~Copyable {
    var datadog = DatadogReading()
    var ottrace = OTTraceReading()

    /// Returns whether this header repeats a name in a format that allows it only once.
    mutating func read(
        _ header: HeaderName,
        _ name: Span<UInt8>,
        _ value: Span<UInt8>,
        _ duplicates: HeaderDuplicates
    ) -> Bool {
        switch header {
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
}
