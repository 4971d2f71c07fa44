/// The headers `b3` (single) and `x-b3-*` (multi).
///
/// Both are read whichever is written, the single one first. What B3 says of sampling has four states, and it can say them
/// without naming a trace; the sender's own parent is not read, since our span is never the sender's.
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
            carrier.appendHeader(name: "x-b3-traceid", value: buffer.span)
            Hex.write(spanID.bits, to: bytes)
            carrier.appendHeader(name: "x-b3-spanid", value: buffer.span.extracting(first: 16))
        }
        switch context.sampling {
        case .debug: carrier.appendHeader(name: "x-b3-flags", value: "1".utf8.span)
        case .denied: carrier.appendHeader(name: "x-b3-sampled", value: "0".utf8.span)
        case .sampled: carrier.appendHeader(name: "x-b3-sampled", value: "1".utf8.span)
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

    /// What one letter says in the third field of `b3`, or alone.
    static func sampling(_ letter: UInt8) throws(HeaderFault) -> SamplingDecision {
        switch letter {
        case UInt8(ascii: "0"): .denied
        case UInt8(ascii: "1"): .sampled
        case UInt8(ascii: "d"): .debug
        default: throw .malformed
        }
    }
}

/// The value of `b3`: `{trace ID}-{span ID}[-{sampling}][-{parent}]`, or a sampling state alone.
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
        let traceID = try B3TraceID(parsing: value.extracting(fields.next(in: value)))
        guard !fields.isAtEnd else { throw .incomplete }
        let spanID = try B3SpanID(parsing: value.extracting(fields.next(in: value)))
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
            // The decision may be left open with a parent behind it.
            sampling = .deferred
            try Self.checkParent(value, third)
        }
        guard fields.isAtEnd else { throw .malformed }
    }

    /// Zeros stand for no parent.
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

/// 16 or 32 lower-case digits; the short ones are padded.
struct B3TraceID: HeaderValue {
    let id: TraceID

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
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
        let range = value.trimmed(0..<value.count)
        guard range.count >= 16 else { throw .tooShort }
        guard range.count == 16 else { throw .tooLong }
        guard let id = SpanID(bits: try Hex.lowerCaseWord(in: value, at: range.lowerBound)) else { throw .zeroSpanID }
        self.id = id
    }
}

/// The value of `x-b3-sampled`; older senders write it in letters.
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

/// The value of `x-b3-flags`: 1 is debug, all else is to be ignored.
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

    /// - Parameter format: Under which of B3's names this was asked for.
    func settle(_ extraction: inout HeaderExtraction, as format: HeaderFormat) {
        if let single = single.value {
            settle(single.ids, single.sampling, &extraction, format)
            return
        }
        extraction.note(single.fault, of: format)
        settleMulti(&extraction, format)
    }

    private func settleMulti(_ extraction: inout HeaderExtraction, _ format: HeaderFormat) {
        // A nonsense decision is left open; the trace is not lost for it.
        extraction.note(sampled.fault, of: format)
        let sampling = flags.value?.isDebug == true ? .debug : sampled.value?.sampling ?? .deferred
        if let traceID = traceID.value, let spanID = spanID.value {
            settle(B3IDs(traceID: traceID.id, spanID: spanID.id), sampling, &extraction, format)
        } else if traceID.isAbsent, spanID.isAbsent {
            if sampling != .deferred { settle(nil, sampling, &extraction, format) }
        } else {
            extraction.note(traceID.fault ?? spanID.fault ?? .incomplete, of: format)
        }
    }

    private func settle(
        _ ids: B3IDs?,
        _ sampling: SamplingDecision,
        _ extraction: inout HeaderExtraction,
        _ format: HeaderFormat
    ) {
        if let ids {
            extraction.setTrace(ids.traceID, parent: ids.spanID, flags: sampling.flags, sampling, from: format)
        } else {
            extraction.setSampling(sampling)
        }
    }
}
