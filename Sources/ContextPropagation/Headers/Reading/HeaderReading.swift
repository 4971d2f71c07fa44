/// One pass over a list of headers for all formats of one ``HeaderCodecs``.
///
/// The value lives on the stack. Each header is read once, and mostly bits are kept of it, not text.
struct HeaderReading: ~Copyable {
    private let formatSet: HeaderFormatSet
    private let duplicates: HeaderDuplicates
    private var duplicateCount = 0
    /// The formats that have a header in the list. The others have nothing to contribute.
    private var seen: HeaderFormatSet = []

    private var traceparent = HeaderSlot<TraceParent>()
    private var plain: PlainReading
    /// The other headers. Most lists have none of them, and setting up their readings costs more than reading a trace.
    /// They are in memory of the caller, which is initialized when the first of them arrives.
    private let others: UnsafeMutablePointer<OtherHeaderReading>
    private var hasOthers = false

    @inline(__always)
    init(
        _ formatSet: HeaderFormatSet,
        _ duplicates: HeaderDuplicates,
        _ others: UnsafeMutablePointer<OtherHeaderReading>,
        _ texts: UnsafeMutablePointer<UInt8>
    ) {
        plain = PlainReading(texts)
        self.formatSet = formatSet
        self.duplicates = duplicates
        self.others = others
    }

    deinit {
        if hasOthers { others.deinitialize(count: 1) }
    }

    @inline(__always)
    mutating func read(_ name: Span<UInt8>, _ value: Span<UInt8>?) {
        guard let header = HeaderName(name), let value, !formatSet.isDisjoint(with: header.readers) else { return }
        seen.formUnion(header.readers)
        if read(header, name, value) { duplicateCount += 1 }
    }

    /// Returns whether this header repeats a name in a format that allows it only once.
    private mutating func read(_ header: HeaderName, _ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        switch header {
        case .traceparent: return traceparent.read(value, duplicates)
        case .traceID: return plain.readTraceID(value, duplicates)
        case .executionID: return plain.readExecutionID(value, duplicates)
        case .correlationID: return plain.readCorrelationID(value, duplicates)
        case .xCorrelationID: return plain.readXCorrelationID(value, duplicates)
        // Swift 6.3 cannot compile a change through a property of this type for Thread Sanitizer. The pointer is a
        // local constant for that reason.
        default:
            let others = initializedOthers()
            return others.pointee.read(header, name, value, duplicates)
        }
    }

    @inline(never)
    private mutating func initializedOthers() -> UnsafeMutablePointer<OtherHeaderReading> {
        if !hasOthers {
            hasOthers = true
            others.initialize(to: OtherHeaderReading())
        }
        return others
    }

    /// Contributes the parts, format by format in this order.
    mutating func contribute(to merge: inout HeaderMerge, in order: [HeaderFormat]) {
        // This format can find a trace without a header.
        if formatSet.contains(.xrayLambda) { seen.formUnion(.xrayLambda) }
        for format in order where seen.contains(HeaderFormatSet(format.kind)) {
            switch format.kind {
            case .traceContext where !hasOthers: traceparent.contribute(to: &merge)
            case .plain: plain.contribute(to: &merge)
            case .xrayLambda:
                XRayReading.contributeInvocation(to: &merge)
                if hasOthers { others.pointee.contribute(to: &merge, as: format, traceparent) }
            default: if hasOthers { others.pointee.contribute(to: &merge, as: format, traceparent) }
            }
        }
        if hasOthers { others.pointee.contributeCreation(to: &merge) }
        merge.addDuplicates(duplicateCount)
    }
}
