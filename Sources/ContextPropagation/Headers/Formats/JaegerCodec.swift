/// The headers `uber-trace-id` and `uberctx-*`, the second being baggage: percent-encoded, where a plus sign is one.
/// (Jaeger's own Java client writes a space as a plus, and reads `%20` as well.)
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
                // The parent, which is deprecated: none.
                bytes[49] = UInt8(ascii: ":")
                bytes[50] = UInt8(ascii: "0")
                bytes[51] = UInt8(ascii: ":")
                bytes[52] = flags(of: context.sampling)
                carrier.appendHeader(name: "uber-trace-id", value: buffer.span)
            }
        }
        if let baggage = context.baggage { inject(baggage, into: &carrier) }
    }

    /// One header to a name, as names of headers are compared: the last value of those that differ in case alone.
    private static func inject(_ baggage: Baggage, into carrier: inout some HeaderCarrier) {
        var names: Set<String> = []
        var headers: [(name: String, value: [UInt8])] = []
        for member in baggage.headerValue.utf8.split(separator: UInt8(ascii: ",")).reversed() {
            let pair = member.prefix { $0 != UInt8(ascii: ";") }
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(Substring(pair[..<equals])).lowercased()
            let value = pair[equals...].dropFirst()
            if names.insert(name).inserted { headers.append((baggagePrefix + name, PercentEncoding.completed(value))) }
        }
        for (name, value) in headers.reversed() { carrier.appendHeader(name: name, value: value.span) }
    }

    private static func flags(of sampling: SamplingDecision) -> UInt8 {
        switch sampling {
        case .unspecified, .deferred, .denied: UInt8(ascii: "0")
        case .sampled: UInt8(ascii: "1")
        case .debug: UInt8(ascii: "3")
        }
    }
}

/// The value of `uber-trace-id`: `{trace ID}:{span ID}:{parent}:{flags}`, where leading zeros may be left out and
/// senders over HTTP write `%3A` for the colon.
struct JaegerTrace: HeaderValue {
    let traceID: TraceID
    let spanID: SpanID
    let sampling: SamplingDecision

    /// 32, 16, 16 and 2 digits with an encoded colon between each two.
    private static let maximumLength = 75

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
        guard range.count <= Self.maximumLength else { throw .tooLong }
        var position = range.lowerBound
        let trace = try Self.field(value, &position, range.upperBound, digits: 32)
        let span = try Self.field(value, &position, range.upperBound, digits: 16)
        _ = try Self.field(value, &position, range.upperBound, digits: 16)
        let flags = try Self.field(value, &position, range.upperBound, digits: 2)
        // Behind the last field there is no colon.
        guard position == range.upperBound + 1 else { throw .malformed }
        guard let traceID = TraceID(high: trace.high, low: trace.low) else { throw .zeroTraceID }
        guard let spanID = SpanID(bits: span.low) else { throw .zeroSpanID }
        self.traceID = traceID
        self.spanID = spanID
        sampling = flags.low & 2 != 0 ? .debug : flags.low & 1 != 0 ? .sampled : .denied
    }

    /// Reads hex digits up to a colon or the end, and goes behind it.
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

    func settle(_ extraction: inout HeaderExtraction) {
        if let trace = trace.value {
            extraction.setTrace(
                trace.traceID,
                parent: trace.spanID,
                flags: trace.sampling.flags,
                trace.sampling,
                from: .jaeger
            )
        }
        extraction.note(trace.fault, of: .jaeger)
        baggage.settle(&extraction, as: .jaeger)
    }
}
