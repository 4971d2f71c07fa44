/// The headers `uber-trace-id` and `uberctx-*`. The second are baggage: they are percent-encoded, and a plus sign means
/// a plus sign. (Jaeger's own Java client writes a space as a plus sign, and reads `%20` as well.)
///
/// Specification: [Jaeger, Propagation Format](https://www.jaegertracing.io/sdk-migration/#propagation-format).
enum JaegerCodec {
    static let baggagePrefix = "uberctx-"

    static func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        if let traceID = context.traceID, let spanID = context.spanID {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 53) { buffer in
                guard let bytes = buffer.baseAddress else { return }
                Hex.write(traceID.high, to: bytes)
                Hex.write(traceID.low, to: bytes + 16)
                bytes[32] = UInt8(ascii: ":")
                Hex.write(spanID.bits, to: bytes + 33)
                // The parent is deprecated; 0 means none.
                bytes[49] = UInt8(ascii: ":")
                bytes[50] = UInt8(ascii: "0")
                bytes[51] = UInt8(ascii: ":")
                bytes[52] = flags(of: context.sampling)
                carrier.appendHeader(name: "uber-trace-id", value: buffer.span)
            }
        }
        if let baggage = context.baggage {
            PrefixedBaggage.inject(baggage, prefix: baggagePrefix, isRaw: false, into: &carrier)
        }
    }

    private static func flags(of sampling: SamplingDecision) -> UInt8 {
        switch sampling {
        case .unspecified, .deferred, .denied: UInt8(ascii: "0")
        case .sampled: UInt8(ascii: "1")
        case .debug: UInt8(ascii: "3")
        }
    }
}

/// The value of `uber-trace-id`: `{trace ID}:{span ID}:{parent}:{flags}`. Leading zeros may be missing, and senders
/// over HTTP write `%3A` for the colon. The parent is deprecated; any text is accepted and ignored.
struct JaegerTrace: HeaderValue {
    let traceID: TraceID
    let spanID: SpanID
    let sampling: SamplingDecision

    /// The other fields and their separators take 59 bytes; the rest bounds the parent.
    private static let maximumLength = 256

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
        guard range.count <= Self.maximumLength else { throw .tooLong }
        var position = range.lowerBound
        let trace = try Self.field(value, &position, range.upperBound, digits: 32)
        let span = try Self.field(value, &position, range.upperBound, digits: 16)
        try Self.skipField(value, &position, range.upperBound)
        let flags = try Self.field(value, &position, range.upperBound, digits: 2)
        // No colon follows the last field.
        guard position == range.upperBound + 1 else { throw .malformed }
        guard let traceID = TraceID(high: trace.high, low: trace.low) else { throw .zeroTraceID }
        guard let spanID = SpanID(bits: span.low) else { throw .zeroSpanID }
        self.traceID = traceID
        self.spanID = spanID
        // Debug counts only beside sampled: OpenTelemetry in Python copies W3C's random bit, which has the same value.
        sampling = flags.low & 1 == 0 ? .denied : flags.low & 2 == 0 ? .sampled : .debug
    }

    /// Reads hex digits up to a colon or the end, and moves after it.
    private static func field(
        _ value: Span<UInt8>,
        _ position: inout Int,
        _ end: Int,
        digits maximum: Int
    ) throws(HeaderFault) -> (high: UInt64, low: UInt64) {
        guard position <= end else { throw .incomplete }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        while position < end, let digit = Hex.value(of: value[position]) {
            digits += 1
            guard digits <= maximum else { throw .tooLong }
            high = high << 4 | low >> 60
            low = low << 4 | digit
            position += 1
        }
        guard digits > 0 || position == end || isColon(value, position, end) else { throw .notHex }
        guard digits > 0 else { throw .tooShort }
        if position == end {
            position += 1
        } else if value[position] == UInt8(ascii: ":") {
            position += 1
        } else if isColon(value, position, end) {
            position += 3
        } else {
            throw .notHex
        }
        return (high, low)
    }

    /// Moves after the next colon, or to the end.
    private static func skipField(_ value: Span<UInt8>, _ position: inout Int, _ end: Int) throws(HeaderFault) {
        guard position <= end else { throw .incomplete }
        while position < end, !isColon(value, position, end) { position += 1 }
        position += position < end && value[position] != UInt8(ascii: ":") ? 3 : 1
    }

    private static func isColon(_ value: Span<UInt8>, _ position: Int, _ end: Int) -> Bool {
        if value[position] == UInt8(ascii: ":") { return true }
        return end - position >= 3 && value.extracting(position..<position + 3).isCaseInsensitively("%3a")
    }
}

struct JaegerReading: ~Copyable {
    var trace = HeaderSlot<JaegerTrace>()
    var baggage = BaggageReading()

    /// Returns whether there was a header of this name before.
    mutating func readBaggage(_ name: Span<UInt8>, _ value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        let key = name.extracting(droppingFirst: JaegerCodec.baggagePrefix.utf8.count)
        return baggage.read(name: key, value: value, duplicates)
    }

    func contribute(to merge: inout HeaderMerge) {
        if let trace = trace.value {
            merge.addTrace(trace.traceID, parent: trace.spanID, trace.sampling, from: .format(.jaeger))
        }
        merge.note(trace.fault, of: .format(.jaeger))
        baggage.contribute(to: &merge, as: .jaeger)
    }
}
