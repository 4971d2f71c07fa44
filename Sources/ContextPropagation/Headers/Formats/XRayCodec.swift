/// The header `X-Amzn-Trace-Id`. OpenTelemetry's propagators look for this spelling over Kafka, where names are
/// case-sensitive.
///
/// Specification: [AWS X-Ray, Tracing
/// header](https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
enum XRayCodec {
    private static let template: StaticString =
        "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0"

    static func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        guard let traceID = context.traceID, let spanID = context.spanID else { return }
        let length = template.utf8CodeUnitCount
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { buffer in
            guard let bytes = buffer.baseAddress else { return }
            bytes.initialize(from: template.utf8Start, count: length)
            Hex.write(UInt32(truncatingIfNeeded: traceID.high >> 32), to: bytes + 7)
            Hex.write(UInt32(truncatingIfNeeded: traceID.high), to: bytes + 16)
            Hex.write(traceID.low, to: bytes + 24)
            Hex.write(spanID.bits, to: bytes + 48)
            let sampling = context.sampling
            if sampling.isSampled == true { bytes[length - 1] = UInt8(ascii: "1") }
            // An open decision is written as no field.
            let end = sampling.isSampled == nil ? length - ";Sampled=0".utf8.count : length
            carrier.appendHeader(name: "X-Amzn-Trace-Id", value: buffer.span.extracting(first: end))
        }
    }
}

/// The value of `X-Amzn-Trace-Id`: `Root=1-{time}-{id};Parent={span ID};Sampled={0, 1 or ?}` in any order. Other fields
/// are ignored. A load balancer that starts the trace writes only the root.
struct XRayTrace: HeaderValue {
    let traceID: TraceID
    let parentSpanID: SpanID?
    let sampling: SamplingDecision

    private static let maximumLength = 512

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        guard value.count <= Self.maximumLength else { throw .tooLong }
        var root: TraceID?
        var parent: SpanID?
        var sampling: SamplingDecision?
        try value.forEachField(separatedBy: UInt8(ascii: ";"), in: 0..<value.count) { field throws(HeaderFault) in
            guard let equals = value.firstIndex(of: UInt8(ascii: "="), in: field) else { throw .malformed }
            let name = value.extracting(field.lowerBound..<equals)
            let content = value.extracting(equals + 1..<field.upperBound)
            if name.isCaseInsensitively("root") {
                guard root == nil else { throw .duplicate }
                root = try Self.root(content)
            } else if name.isCaseInsensitively("parent") {
                guard parent == nil else { throw .duplicate }
                parent = try Self.parent(content)
            } else if name.isCaseInsensitively("sampled") {
                guard sampling == nil else { throw .duplicate }
                sampling = try Self.sampling(content)
            }
        }
        guard let root else { throw .incomplete }
        traceID = root
        parentSpanID = parent
        self.sampling = sampling ?? .deferred
    }

    /// `1-`, the time in 8 digits (some senders leave out leading zeros) and 24 digits.
    private static func root(_ text: Span<UInt8>) throws(HeaderFault) -> TraceID {
        var fields = FieldCursor(0..<text.count, separator: UInt8(ascii: "-"))
        let version = fields.next(in: text)
        guard version.count == 1, text[version.lowerBound] == UInt8(ascii: "1") else { throw .malformed }
        let time = fields.next(in: text)
        let id = fields.next(in: text)
        guard fields.isAtEnd else { throw .malformed }
        guard time.count >= 1, id.count >= 24 else { throw .tooShort }
        guard time.count <= 8, id.count <= 24 else { throw .tooLong }
        let top = try Hex.word(in: text, at: time, .eitherCase) << 32
        let middle = try Hex.word(in: text, at: id.lowerBound..<id.lowerBound + 8, .eitherCase)
        let low = try Hex.word(in: text, at: id.lowerBound + 8..<id.upperBound, .eitherCase)
        guard let traceID = TraceID(high: top | middle, low: low) else { throw .zeroTraceID }
        return traceID
    }

    private static func parent(_ text: Span<UInt8>) throws(HeaderFault) -> SpanID {
        guard text.count >= 16 else { throw .tooShort }
        guard text.count == 16 else { throw .tooLong }
        guard let spanID = SpanID(bits: try Hex.word(in: text, at: 0..<16, .eitherCase)) else { throw .zeroSpanID }
        return spanID
    }

    private static func sampling(_ text: Span<UInt8>) throws(HeaderFault) -> SamplingDecision {
        guard text.count == 1 else { throw .malformed }
        switch text[0] {
        case UInt8(ascii: "0"): return .denied
        case UInt8(ascii: "1"): return .sampled
        case UInt8(ascii: "?"): return .deferred
        default: throw .malformed
        }
    }
}

struct XRayReading: ~Copyable {
    var trace = HeaderSlot<XRayTrace>()

    /// - Parameter format: The name under which X-Ray is in the list of formats: `xray` or `xray-lambda`.
    func contribute(to merge: inout HeaderMerge, as format: HeaderFormat) {
        if let trace = trace.value { Self.contribute(trace, to: &merge, as: format) }
        merge.note(trace.fault, of: .format(format))
    }

    /// Contributes the trace of the invocation, if the process is a Lambda function and no earlier format has a trace.
    static func contributeInvocation(to merge: inout HeaderMerge) {
        guard !merge.hasTrace, let value = Platform.environmentBytes("_X_AMZN_TRACE_ID"), !value.isEmpty else { return }
        do throws(HeaderFault) {
            contribute(try XRayTrace(parsing: value.span), to: &merge, as: .xrayLambda)
        } catch {
            merge.note(error, of: .format(.xrayLambda))
        }
    }

    private static func contribute(_ trace: XRayTrace, to merge: inout HeaderMerge, as format: HeaderFormat) {
        merge.addTrace(trace.traceID, parent: trace.parentSpanID, trace.sampling, from: .format(format))
    }
}
