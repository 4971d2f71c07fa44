public import ContextPropagation

/// The error for an invariant that does not hold for a list of headers.
public struct BrokenInvariant: Error, CustomStringConvertible {
    public let description: String
}

/// The invariants of every list of headers: the codecs read it within their limits, and send its context on unchanged
/// and once.
public struct HeaderInvariants {
    private let codecs: HeaderCodecs
    private let received: [HeaderField]

    /// - Parameters:
    ///   - received: Any headers.
    ///   - format: The format to read and write; nil for all formats.
    ///   - duplicates: How to read a header that appears more than once.
    public init(_ received: [HeaderField], _ format: HeaderFormat?, _ duplicates: HeaderDuplicates) {
        self.received = received
        codecs = HeaderCodecs(format.map { [$0] } ?? HeaderFormat.allCases, duplicates: duplicates)
    }

    /// Throws the first invariant that does not hold.
    public func check() throws(BrokenInvariant) {
        let found = codecs.extract(from: received)
        try checkLimits(found)

        let context = found.receivingContext(process: LogContext())
        try require(
            context.traceID != nil || context.correlationID != nil,
            "the context has a trace ID or a correlation ID"
        )
        try require(
            (context.traceID != nil) == (context.spanID != nil),
            "the context has both a trace ID and a span ID, or neither"
        )

        var sent = received
        codecs.inject(context, into: &sent)
        try checkSent(sent)
        try checkNextHop(context, sent)
    }

    private func checkLimits(_ found: HeaderExtraction) throws(BrokenInvariant) {
        if let baggage = found.baggage {
            try require(1...64 ~= baggage.members.count, "baggage has 1 to 64 members: \(baggage.members.count)")
            try require(baggage.headerValue.utf8.count <= 8192, "baggage has at most 8192 bytes")
            try require(Baggage(baggage.headerValue)?.headerValue == baggage.headerValue, "baggage can be read again")
        }
        if let state = found.traceState {
            try require(1...32 ~= state.members.count, "tracestate has 1 to 32 members: \(state.members.count)")
            try require(state.headerValue.utf8.count <= 8192, "tracestate has at most 8192 bytes")
            try require(TraceState(state.headerValue) == state, "tracestate can be read again")
        }
        for text in [found.correlationID, found.executionID].compactMap({ $0 }) {
            try require(1...256 ~= text.utf8.count, "an identifier has 1 to 256 bytes: \(text.utf8.count)")
            try require(
                !text.unicodeScalars.contains { $0.properties.generalCategory == .control },
                "an identifier has no control characters"
            )
        }
        try require(
            found.traceID == nil || found.correlationID == nil,
            "the result has at most one of a trace ID and a correlation ID"
        )
        try require(
            (found.traceOrigin == nil) == (found.traceID == nil && found.correlationID == nil),
            "an ID has an origin"
        )
    }

    /// Each header that inject writes appears once, and the application's headers are unchanged.
    private func checkSent(_ sent: [HeaderField]) throws(BrokenInvariant) {
        try require(
            sent.filter { !isOurs($0.name) } == received.filter { !isOurs($0.name) },
            "the application's headers are unchanged"
        )
        var names: Set<String> = []
        for field in sent where isOurs(field.name) {
            try require(names.insert(field.name.lowerCasedASCII).inserted, "\(field.name) appears once")
            try require(field.name == Self.spelling(field.name), "\(field.name) has the spelling of its peers")
            try require(field.value != nil, "\(field.name) is not null")
            try require(field.value != [] || isBaggage(field.name), "\(field.name) is not empty")
        }
    }

    /// The next receiver reads the same context without a fault, and would send the same headers.
    private func checkNextHop(_ context: LogContext, _ sent: [HeaderField]) throws(BrokenInvariant) {
        let ours = sent.filter { isOurs($0.name) }
        let found = codecs.extract(from: ours)
        try require(found.misses.isEmpty && found.duplicates == 0, "the sent headers have no fault: \(found.misses)")
        let next = found.receivingContext(process: LogContext())
        if ours.contains(where: { $0.name != "execution_id" && !isBaggage($0.name) }) {
            if codecs.formats == [.ottrace] {
                // The format carries only the lower half.
                let ids = [next, context].map { $0.traceID?.description.suffix(16) }
                try require(ids[0] == ids[1], "the lower half of the trace ID stays")
            } else {
                try require(next.traceID == context.traceID, "the trace ID stays")
            }
            try require(next.correlationID == context.correlationID, "the correlation ID stays")
            try require(
                found.isSampled == nil || found.isSampled == context.traceFlags.contains(.sampled),
                "the sampled flag stays"
            )
        }
        if codecs.formats.contains(.b3) || codecs.formats.contains(.b3Multi), context.traceID != nil {
            try require(
                found.isSampled == context.isSampled && found.isDebug == context.isDebug,
                "the sampled and debug flags stay"
            )
        }
        if codecs.formats != [.plain], codecs.formats != [.baggage] {
            try require(context.spanID == nil || next.parentSpanID == context.spanID, "the span becomes the parent")
        }
        try require(
            next.executionID == context.executionID || !codecs.formats.contains(.plain),
            "the execution ID stays"
        )
        try require(
            next.traceState == context.traceState || !codecs.formats.contains(.traceContext),
            "tracestate stays"
        )

        var again: [HeaderField] = []
        codecs.inject(next, into: &again)
        let baggage = ours.filter { isBaggage($0.name) }
        try require(again.filter { isBaggage($0.name) } == baggage, "baggage is sent on unchanged")
    }

    /// Returns the spelling that the peers of a format look for over Kafka, where names are case-sensitive.
    private static func spelling(_ name: String) -> String {
        switch name.lowerCasedASCII {
        case "x-amzn-trace-id": "X-Amzn-Trace-Id"
        case "x-b3-traceid": "X-B3-TraceId"
        case "x-b3-spanid": "X-B3-SpanId"
        case "x-b3-sampled": "X-B3-Sampled"
        case "x-b3-flags": "X-B3-Flags"
        case let name: name
        }
    }

    private func isBaggage(_ name: String) -> Bool {
        let name = Array(name.lowerCasedASCII.utf8)
        return name == Array("baggage".utf8) || name.starts(with: "uberctx-".utf8)
            || name.starts(with: "ot-baggage-".utf8)
    }

    /// Whether inject replaces the header. This is written from the rules, independently of the code under test.
    private func isOurs(_ name: String) -> Bool {
        let name = name.lowerCasedASCII
        switch name {
        case "traceparent", "tracestate", "b3", "uber-trace-id", "x-amzn-trace-id", "trace_id", "execution_id",
            "x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority", "x-datadog-tags",
            "x-datadog-origin", "ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled", "sw8", "sw8-x",
            "sw8-correlation", "x-cloud-trace-context", "grpc-trace-bin":
            return true
        case "baggage":
            return codecs.formats.contains(.baggage)
        default:
            if name.utf8.starts(with: "uberctx-".utf8), name != "uberctx-" { return codecs.formats.contains(.jaeger) }
            if name.utf8.starts(with: "ot-baggage-".utf8), name != "ot-baggage-" {
                return codecs.formats.contains(.ottrace)
            }
            return name.utf8.starts(with: "x-b3-".utf8) && name != "x-b3-"
        }
    }

    private func require(_ fact: Bool, _ what: @autoclosure () -> String) throws(BrokenInvariant) {
        if !fact {
            throw BrokenInvariant(description: "\(codecs.formats) \(codecs.duplicates): does not hold: \(what())")
        }
    }
}

extension HeaderInvariants {
    /// Checks one input of the fuzzer by one format and by all of them together, with each rule for duplicates.
    public static func check(_ input: some Sequence<UInt8>, as format: HeaderFormat) throws(BrokenInvariant) {
        let headers = FuzzedHeaders(input).fields
        for duplicates in [HeaderDuplicates.last, .restart, .first] {
            try HeaderInvariants(headers, format, duplicates).check()
            try HeaderInvariants(headers, nil, duplicates).check()
        }
    }
}

extension String {
    /// Header names are compared byte by byte. `lowercased()` and `hasPrefix(_:)` follow Unicode rules instead.
    fileprivate var lowerCasedASCII: String {
        String(decoding: utf8.map { 65...90 ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
