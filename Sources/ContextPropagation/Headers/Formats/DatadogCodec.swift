/// The headers `x-datadog-trace-id`, `x-datadog-parent-id`, `x-datadog-sampling-priority` and `x-datadog-tags`.
///
/// IDs are decimal numbers of 64 bits. The upper half of a longer trace ID is the tag `_dd.p.tid`, 16 lower-case hex
/// digits. Other tags and `x-datadog-origin` are neither read nor sent on. Baggage travels in the header `baggage`, as
/// in Datadog's own default `datadog,tracecontext,baggage`.
///
/// Specification: [Datadog, Trace Context
/// Propagation](https://docs.datadoghq.com/tracing/trace_collection/trace_context_propagation/).
enum DatadogCodec {
    static let upperHalf: StaticString = "_dd.p.tid="

    static func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        // Zero means no trace.
        guard let traceID = context.traceID, let spanID = context.spanID, traceID.low != 0 else { return }
        append("x-datadog-trace-id", traceID.low, to: &carrier)
        append("x-datadog-parent-id", spanID.bits, to: &carrier)
        switch context.sampling {
        case .denied: carrier.appendHeader(name: "x-datadog-sampling-priority", value: "0".utf8.span)
        case .sampled: carrier.appendHeader(name: "x-datadog-sampling-priority", value: "1".utf8.span)
        case .debug: carrier.appendHeader(name: "x-datadog-sampling-priority", value: "2".utf8.span)
        case .deferred, .unspecified: break
        }
        guard traceID.high != 0 else { return }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 26) { buffer in
            guard let bytes = buffer.baseAddress else { return }
            bytes.initialize(from: upperHalf.utf8Start, count: 10)
            Hex.write(traceID.high, to: bytes + 10)
            carrier.appendHeader(name: "x-datadog-tags", value: buffer.span)
        }
    }

    private static func append(_ name: String, _ value: UInt64, to carrier: inout some HeaderCarrier) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
            var rest = value
            var start = buffer.count
            repeat {
                start -= 1
                buffer[start] = UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0")
                rest /= 10
            } while rest > 0
            carrier.appendHeader(name: name, value: buffer.span.extracting(droppingFirst: start))
        }
    }

    /// Reads a decimal number of 64 bits.
    static func number(_ value: Span<UInt8>) throws(HeaderFault) -> UInt64 {
        let range = value.trimmed(0..<value.count)
        guard !range.isEmpty else { throw .tooShort }
        guard range.count <= 20 else { throw .tooLong }
        var result: UInt64 = 0
        for index in range {
            guard 48...57 ~= value[index] else { throw .malformed }
            let (product, exceeds) = result.multipliedReportingOverflow(by: 10)
            let (sum, exceedsToo) = product.addingReportingOverflow(UInt64(value[index] - 48))
            guard !exceeds, !exceedsToo else { throw .tooLong }
            result = sum
        }
        return result
    }
}

/// The lower half of the trace ID.
struct DatadogTraceID: HeaderValue {
    let low: UInt64

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        low = try DatadogCodec.number(value)
        guard low != 0 else { throw .zeroTraceID }
    }
}

/// The sender's span. Zero means none: browsers and synthetic tests have no span.
struct DatadogParentID: HeaderValue {
    let id: SpanID?

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        id = SpanID(bits: try DatadogCodec.number(value))
    }
}

/// The sampling priority: -1 and 0 reject the trace, 1 keeps it, and 2 keeps it whatever a sampler decides.
struct DatadogPriority: HeaderValue {
    let sampling: SamplingDecision

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
        guard !range.isEmpty else { throw .tooShort }
        let isNegative = value[range.lowerBound] == UInt8(ascii: "-")
        let digits = range.dropFirst(isNegative ? 1 : 0)
        guard !digits.isEmpty else { throw .malformed }
        guard digits.count <= 4 else { throw .tooLong }
        let number = try DatadogCodec.number(value.extracting(digits.startIndex..<digits.endIndex))
        sampling = isNegative || number == 0 ? .denied : number == 2 ? .debug : .sampled
    }
}

/// The tags of the trace, of which only the upper half of the trace ID counts. Datadog's own limit is 512 bytes.
struct DatadogTags: HeaderValue {
    let high: UInt64

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        guard value.count <= 512 else { throw .tooLong }
        var high: UInt64?
        let name = DatadogCodec.upperHalf.utf8CodeUnitCount
        try value.forEachField(separatedBy: UInt8(ascii: ","), in: 0..<value.count) { tag throws(HeaderFault) in
            guard tag.count >= name, (0..<name).allSatisfy({ value[tag.lowerBound + $0] == Self.byte($0) }) else {
                return
            }
            guard high == nil else { throw .duplicate }
            let digits = tag.lowerBound + name..<tag.upperBound
            guard digits.count >= 16 else { throw .tooShort }
            guard digits.count == 16 else { throw .tooLong }
            high = try Hex.word(in: value, at: digits, .lowerCase)
        }
        self.high = high ?? 0
    }

    private static func byte(_ index: Int) -> UInt8 { DatadogCodec.upperHalf.utf8Start[index] }
}

struct DatadogReading: ~Copyable {
    var traceID = HeaderSlot<DatadogTraceID>()
    var parentID = HeaderSlot<DatadogParentID>()
    var priority = HeaderSlot<DatadogPriority>()
    var tags = HeaderSlot<DatadogTags>()

    /// An unreadable decision counts as open, an unreadable span as none, and unreadable tags as a trace ID of 64 bits,
    /// so that the trace is not lost.
    func contribute(to merge: inout HeaderMerge) {
        let origin = HeaderOrigin.format(.datadog)
        merge.note(priority.fault, of: origin)
        merge.note(tags.fault, of: origin)
        merge.note(parentID.fault, of: origin)
        merge.note(traceID.fault, of: origin)
        guard let low = traceID.value?.low, let id = TraceID(high: tags.value?.high ?? 0, low: low) else {
            // Tags and a priority without a trace are usual, but a parent without one is not.
            if traceID.isAbsent, parentID.value?.id != nil { merge.note(.incomplete, of: origin) }
            return
        }
        let sampling = priority.value?.sampling ?? .deferred
        merge.addTrace(id, parent: parentID.value?.id, sampling, from: origin)
    }
}
