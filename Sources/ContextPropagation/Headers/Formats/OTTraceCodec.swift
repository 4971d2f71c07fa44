/// The headers `ot-tracer-traceid`, `ot-tracer-spanid`, `ot-tracer-sampled` and `ot-baggage-*` of OpenTracing's basic
/// tracers and of Lightstep.
///
/// The format sends only the lower 64 bits of a trace ID. If a list has the whole ID in another format, that one
/// counts.
///
/// Specification: [OpenTelemetry, OT Trace
/// propagator](https://github.com/open-telemetry/opentelemetry-python-contrib/tree/main/propagator/opentelemetry-propagator-ot-trace).
enum OTTraceCodec {
    static let baggagePrefix = "ot-baggage-"

    static func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {
        if let traceID = context.traceID, let spanID = context.spanID, traceID.low != 0 {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { buffer in
                guard let bytes = buffer.baseAddress else { return }
                Hex.write(traceID.low, to: bytes)
                carrier.appendHeader(name: "ot-tracer-traceid", value: buffer.span)
                Hex.write(spanID.bits, to: bytes)
                carrier.appendHeader(name: "ot-tracer-spanid", value: buffer.span)
            }
            // An open decision is written as no header.
            if let isSampled = context.sampling.isSampled {
                carrier.appendHeader(name: "ot-tracer-sampled", value: (isSampled ? "true" : "false").utf8.span)
            }
        }
        if let baggage = context.baggage {
            PrefixedBaggage.inject(baggage, prefix: baggagePrefix, isRaw: true, into: &carrier)
        }
    }
}

/// A number in hex digits of either case. Basic tracers leave out leading zeros.
struct OTTraceID: HeaderValue {
    let id: TraceID

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
        guard !range.isEmpty else { throw .tooShort }
        guard range.count <= 32 else { throw .tooLong }
        let middle = max(range.lowerBound, range.upperBound - 16)
        let high = try Hex.word(in: value, at: range.lowerBound..<middle, .eitherCase)
        let low = try Hex.word(in: value, at: middle..<range.upperBound, .eitherCase)
        // The lower half alone is sent on.
        guard low != 0, let id = TraceID(high: high, low: low) else { throw .zeroTraceID }
        self.id = id
    }
}

/// A number in at most 16 hex digits of either case.
struct OTSpanID: HeaderValue {
    let id: SpanID

    init(parsing value: Span<UInt8>) throws(HeaderFault) {
        let range = value.trimmed(0..<value.count)
        guard !range.isEmpty else { throw .tooShort }
        guard range.count <= 16 else { throw .tooLong }
        guard let id = SpanID(bits: try Hex.word(in: value, at: range, .eitherCase)) else { throw .zeroSpanID }
        self.id = id
    }
}

struct OTTraceReading: ~Copyable {
    var traceID = HeaderSlot<OTTraceID>()
    var spanID = HeaderSlot<OTSpanID>()
    /// `true` and `false`, or `1` and `0` from senders in Go.
    var sampled = HeaderSlot<B3Sampled>()
    var baggage = BaggageReading()

    /// Returns whether there was a header of this name before.
    mutating func readBaggage(_ name: Span<UInt8>, _ value: Span<UInt8>, _ duplicates: HeaderDuplicates) -> Bool {
        let key = name.extracting(droppingFirst: OTTraceCodec.baggagePrefix.utf8.count)
        return baggage.read(name: key, value: value, duplicates)
    }

    func contribute(to merge: inout HeaderMerge) {
        let origin = HeaderOrigin.format(.ottrace)
        // An unreadable decision counts as open, so that the trace is not lost.
        merge.note(sampled.fault, of: origin)
        if let trace = traceID.value, let span = spanID.value {
            let sampling = sampled.value?.sampling ?? .deferred
            merge.addTrace(trace.id, parent: span.id, sampling, from: origin)
        } else if !traceID.isAbsent || !spanID.isAbsent {
            merge.note(traceID.fault ?? spanID.fault ?? .incomplete, of: origin)
        }
        baggage.contribute(to: &merge, as: .ottrace)
    }
}
