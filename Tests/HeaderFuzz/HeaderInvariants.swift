public import ContextPropagation

/// Something that must hold for every list of headers, and did not for one.
public struct BrokenInvariant: Error, CustomStringConvertible {
    public let description: String
}

/// What must hold for whatever comes in: it is read within its limits, and what is sent on says the same once.
public struct HeaderInvariants {
    private let codecs: HeaderCodecs
    private let received: [HeaderField]

    /// - Parameters:
    ///   - received: Any headers.
    ///   - format: The format to read and to write, nil for all of them.
    ///   - duplicates: What to make of several headers of one name.
    public init(_ received: [HeaderField], _ format: HeaderFormat?, _ duplicates: HeaderDuplicates) {
        self.received = received
        codecs = HeaderCodecs(format.map { [$0] } ?? HeaderFormat.allCases, duplicates: duplicates)
    }

    /// Throws for the first that does not hold.
    public func check() throws(BrokenInvariant) {
        let found = codecs.extract(from: received)
        try checkLimits(found)

        let context = found.receivingContext(process: LogContext())
        try require(context.traceID != nil || context.correlationID != nil, "a record is in a trace")
        try require((context.traceID != nil) == (context.spanID != nil), "a trace and a span come together")

        var sent = received
        codecs.inject(context, into: &sent)
        try checkSent(sent)
        try checkNextHop(context, sent)
    }

    private func checkLimits(_ found: HeaderExtraction) throws(BrokenInvariant) {
        if let baggage = found.baggage {
            try require(1...64 ~= baggage.members.count, "1 to 64 members of baggage: \(baggage.members.count)")
            try require(baggage.headerValue.utf8.count <= 8192, "at most 8192 bytes of baggage")
            try require(Baggage(baggage.headerValue)?.headerValue == baggage.headerValue, "baggage can be read again")
        }
        if let state = found.traceState {
            try require(1...32 ~= state.members.count, "1 to 32 members of tracestate: \(state.members.count)")
            try require(state.headerValue.utf8.count <= 8192, "at most 8192 bytes of tracestate")
            try require(TraceState(state.headerValue) == state, "tracestate can be read again")
        }
        for text in [found.correlationID, found.executionID].compactMap({ $0 }) {
            try require(1...256 ~= text.utf8.count, "an identifier of 1 to 256 bytes: \(text.utf8.count)")
            try require(!text.unicodeScalars.contains { $0.properties.generalCategory == .control }, "no controls")
        }
        try require(found.traceID == nil || found.correlationID == nil, "a trace ID or a correlation ID")
        try require((found.traceOrigin == nil) == (found.traceID == nil && found.correlationID == nil), "a source")
    }

    /// Each name of ours stands once, and the application's headers as they were.
    private func checkSent(_ sent: [HeaderField]) throws(BrokenInvariant) {
        try require(
            sent.filter { !isOurs($0.name) } == received.filter { !isOurs($0.name) },
            "the application's headers stay as they were"
        )
        var names: Set<String> = []
        for field in sent where isOurs(field.name) {
            try require(names.insert(field.name.lowerCasedASCII).inserted, "\(field.name) stands once")
            try require(field.name == Self.spelling(field.name), "\(field.name) as peers look for it")
            try require(field.value != nil, "\(field.name) is not null")
            try require(field.value != [] || isBaggage(field.name), "\(field.name) is not empty")
        }
    }

    /// Whoever receives it finds the same, without a fault, and would send the same.
    private func checkNextHop(_ context: LogContext, _ sent: [HeaderField]) throws(BrokenInvariant) {
        let ours = sent.filter { isOurs($0.name) }
        let found = codecs.extract(from: ours)
        try require(found.misses.isEmpty && found.duplicates == 0, "what was sent has no fault: \(found.misses)")
        let next = found.receivingContext(process: LogContext())
        if ours.contains(where: { $0.name != "execution_id" && !isBaggage($0.name) }) {
            try require(next.traceID == context.traceID, "the trace goes on")
            try require(next.correlationID == context.correlationID, "the correlation goes on")
            try require(found.isSampled == nil || found.isSampled == context.traceFlags.contains(.sampled), "sampling")
        }
        if codecs.formats.contains(.b3) || codecs.formats.contains(.b3Multi), context.traceID != nil {
            try require(found.isSampled == context.isSampled && found.isDebug == context.isDebug, "all of sampling")
        }
        if codecs.formats != [.plain], codecs.formats != [.baggage] {
            try require(context.spanID == nil || next.parentSpanID == context.spanID, "the span is the parent")
        }
        try require(
            next.executionID == context.executionID || !codecs.formats.contains(.plain),
            "the execution goes on"
        )
        try require(next.traceState == context.traceState || !codecs.formats.contains(.traceContext), "tracestate")

        var again: [HeaderField] = []
        codecs.inject(next, into: &again)
        let baggage = ours.filter { isBaggage($0.name) }
        try require(again.filter { isBaggage($0.name) } == baggage, "baggage is sent on as it came")
    }

    /// The spelling that the peers of a format look for over Kafka, where names are case-sensitive.
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
    }

    /// Whether an inject replaces the header: written by hand from the rules, not by the code that is tested.
    private func isOurs(_ name: String) -> Bool {
        let name = name.lowerCasedASCII
        switch name {
        case "traceparent", "tracestate", "b3", "uber-trace-id", "x-amzn-trace-id", "trace_id", "execution_id":
            return true
        case "baggage":
            return codecs.formats.contains(.baggage)
        default:
            if name.utf8.starts(with: "uberctx-".utf8), name != "uberctx-" { return codecs.formats.contains(.jaeger) }
            return name.utf8.starts(with: "x-b3-".utf8) && name != "x-b3-"
        }
    }

    private func require(_ fact: Bool, _ what: @autoclosure () -> String) throws(BrokenInvariant) {
        if !fact { throw BrokenInvariant(description: "\(codecs.formats) \(codecs.duplicates): not so: \(what())") }
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
    /// Names of headers are compared byte by byte; `lowercased()` and `hasPrefix(_:)` know more of letters than that.
    fileprivate var lowerCasedASCII: String {
        String(decoding: utf8.map { 65...90 ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
