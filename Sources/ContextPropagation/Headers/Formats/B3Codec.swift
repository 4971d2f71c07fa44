/// The headers `b3` (single) and `X-B3-*` (multi).
///
/// Both forms are read, the single one first. A decision about sampling has four states, and B3 can carry it without a
/// trace. The sender's own parent is not read, because the receiver never shares the sender's span.
///
/// The multi form is written in the spelling of the specification: OpenTelemetry in Java and Brave look for it over
/// Kafka, where names are case-sensitive.
///
/// Specification: [B3 Propagation](https://github.com/openzipkin/b3-propagation#http-encodings).
enum B3Codec {
    static func injectSingle(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        guard let traceID = context.traceID, let spanID = context.spanID else { return }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 51) { buffer in
            guard let bytes = buffer.baseAddress else { return }
            Hex.write(traceID.high, to: bytes)
            Hex.write(traceID.low, to: bytes + 16)
            bytes[32] = UInt8(ascii: "-")
            Hex.write(spanID.bits, to: bytes + 33)
            bytes[49] = UInt8(ascii: "-")
            let letter = letter(of: context.sampling)
            bytes[50] = letter ?? 0
            carrier.appendHeader(name: "b3", value: buffer.span.extracting(first: letter == nil ? 49 : 51))
        }
    }

    static func injectMulti(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        guard let traceID = context.traceID, let spanID = context.spanID else { return }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { buffer in
            guard let bytes = buffer.baseAddress else { return }
            Hex.write(traceID.high, to: bytes)
            Hex.write(traceID.low, to: bytes + 16)
            carrier.appendHeader(name: "X-B3-TraceId", value: buffer.span)
            Hex.write(spanID.bits, to: bytes)
            carrier.appendHeader(name: "X-B3-SpanId", value: buffer.span.extracting(first: 16))
        }
        switch context.sampling {
        case .debug: carrier.appendHeader(name: "X-B3-Flags", value: "1".utf8.span)
        case .denied: carrier.appendHeader(name: "X-B3-Sampled", value: "0".utf8.span)
        case .sampled: carrier.appendHeader(name: "X-B3-Sampled", value: "1".utf8.span)
        case .deferred, .unspecified: break
        }
    }

    private static func letter(of sampling: SamplingDecision) -> UInt8? {
        switch sampling {
        case .denied: UInt8(ascii: "0")
        case .sampled: UInt8(ascii: "1")
        case .debug: UInt8(ascii: "d")
        case .deferred, .unspecified: nil
        }
    }

    /// The meaning of the letter in the third field of `b3`, or alone.
    static func sampling(_ letter: UInt8) throws(HeaderFault) -> SamplingDecision {
        switch letter {
        case UInt8(ascii: "0"): .denied
        case UInt8(ascii: "1"): .sampled
        case UInt8(ascii: "d"): .debug
        default: throw .malformed
        }
    }
}

/// The value of `b3`: `{trace ID}-{span ID}[-{sampling}][-{parent}]`, or only a sampling state.
struct B3Single: HeaderValue {
    let ids: B3IDs?
    let sampling: SamplingDecision

    /// 32, 16, 1 and 16 digits with a dash between each two.
    private static let maximumLength = 68

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
        if range.count == 1 {
            ids = nil
            sampling = try B3Codec.sampling(value[range.lowerBound])
            return
        }
        guard range.count <= Self.maximumLength else { throw .tooLong }
        var fields = FieldCursor(range, separator: UInt8(ascii: "-"))
        let traceID = try B3TraceID(value, fields.next(in: value))
        guard !fields.isAtEnd else { throw .incomplete }
        let spanID = try B3SpanID(value, fields.next(in: value))
        ids = B3IDs(traceID: traceID.id, spanID: spanID.id)
        guard !fields.isAtEnd else {
            sampling = .deferred
            return
        }
        let third = fields.next(in: value)
        if third.count == 1 {
            sampling = try B3Codec.sampling(value[third.lowerBound])
            if !fields.isAtEnd { try Self.checkParent(value, fields.next(in: value)) }
        } else {
            // A parent can follow an open decision.
            sampling = .deferred
            try Self.checkParent(value, third)
        }
        guard fields.isAtEnd else { throw .malformed }
    }

    /// Zeros mean no parent.
    private static func checkParent(_ value: Span<UInt8>, _ range: Range<Int>) throws(HeaderFault) {
        guard range.count >= 16 else { throw .tooShort }
        guard range.count == 16 else { throw .tooLong }
        _ = try Hex.lowerCaseWord(in: value, at: range.lowerBound)
    }
}

struct B3IDs {
    let traceID: TraceID
    let spanID: SpanID
}

/// 16 or 32 lower-case digits. Zeros are put in front of 16 digits.
struct B3TraceID: HeaderValue {
    let id: TraceID

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        try self.init(value, value.trimmed(0..<value.count))
    }

    init(_ value: Span<UInt8>, _ range: Range<Int>) throws(HeaderFault) {
        guard range.count >= 16 else { throw .tooShort }
        guard range.count <= 32 else { throw .tooLong }
        guard range.count == 16 || range.count == 32 else { throw .malformed }
        let high = range.count == 16 ? 0 : try Hex.lowerCaseWord(in: value, at: range.lowerBound)
        let low = try Hex.lowerCaseWord(in: value, at: range.upperBound - 16)
        guard let id = TraceID(high: high, low: low) else { throw .zeroTraceID }
        self.id = id
    }
}

/// 16 lower-case digits.
struct B3SpanID: HeaderValue {
    let id: SpanID

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        try self.init(value, value.trimmed(0..<value.count))
    }

    init(_ value: Span<UInt8>, _ range: Range<Int>) throws(HeaderFault) {
        guard range.count >= 16 else { throw .tooShort }
        guard range.count == 16 else { throw .tooLong }
        guard let id = SpanID(bits: try Hex.lowerCaseWord(in: value, at: range.lowerBound)) else { throw .zeroSpanID }
        self.id = id
    }
}

/// The value of `X-B3-Sampled`: a digit, or `true` or `false` from older senders.
struct B3Sampled: HeaderValue {
    let sampling: SamplingDecision

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
        if range.count == 1, value[range.lowerBound] != UInt8(ascii: "d") {
            sampling = try B3Codec.sampling(value[range.lowerBound])
        } else if value.extracting(range).isCaseInsensitively("true") {
            sampling = .sampled
        } else if value.extracting(range).isCaseInsensitively("false") {
            sampling = .denied
        } else {
            throw .malformed
        }
    }
}

/// The value of `X-B3-Flags`: 1 means debug, and every other value is ignored.
struct B3Flags: HeaderValue {
    let isDebug: Bool

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
        isDebug = range.count == 1 && value[range.lowerBound] == UInt8(ascii: "1")
    }
}

struct B3Reading: ~Copyable {
    var single = HeaderSlot<B3Single>()
    var traceID = HeaderSlot<B3TraceID>()
    var spanID = HeaderSlot<B3SpanID>()
    var sampled = HeaderSlot<B3Sampled>()
    var flags = HeaderSlot<B3Flags>()

    /// - Parameter format: The name under which B3 is in the list of formats: `b3` or `b3multi`.
    func contribute(to merge: inout HeaderMerge, as format: HeaderFormat) {
        let origin = HeaderOrigin.format(format)
        if let single = single.value {
            contribute(single.ids, single.sampling, to: &merge, as: origin)
            return
        }
        merge.note(single.fault, of: origin)
        contributeMulti(to: &merge, as: origin)
    }

    private func contributeMulti(to merge: inout HeaderMerge, as origin: HeaderOrigin) {
        // An unreadable decision counts as open, so that the trace is not lost.
        merge.note(sampled.fault, of: origin)
        let sampling = flags.value?.isDebug == true ? .debug : sampled.value?.sampling ?? .deferred
        if let traceID = traceID.value, let spanID = spanID.value {
            contribute(B3IDs(traceID: traceID.id, spanID: spanID.id), sampling, to: &merge, as: origin)
        } else if traceID.isAbsent, spanID.isAbsent {
            if sampling != .deferred { contribute(nil, sampling, to: &merge, as: origin) }
        } else {
            merge.note(traceID.fault ?? spanID.fault ?? .incomplete, of: origin)
        }
    }

    private func contribute(
        _ ids: B3IDs?,
        _ sampling: SamplingDecision,
        to merge: inout HeaderMerge,
        as origin: HeaderOrigin
    ) {
        if let ids {
            merge.addTrace(ids.traceID, parent: ids.spanID, sampling, from: origin)
        } else {
            merge.addSampling(sampling)
        }
    }
}
