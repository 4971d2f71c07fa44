/// What was found in a list of headers: the parts of a context, which format gave them, and why others gave nothing.
///
/// A record is handled in its ``receivingContext(process:)``.
///
///     let found = HeaderCodecs.environment.extract(from: headers)
///     print(found.traceFormat?.name ?? "none", found.misses)      // tracecontext [b3: upper-case hex]
public struct HeaderExtraction: Sendable {
    /// The trace, where one was found.
    public private(set) var traceID: TraceID?
    /// The sender's span: the parent of ours. Nil from a format without spans.
    public private(set) var parentSpanID: SpanID?
    /// What `traceparent` is to say beside the IDs. `01` where the format does not speak of sampling.
    public private(set) var flags: TraceFlags = .sampled
    /// What tracing systems added to the trace.
    public private(set) var traceState: TraceState?
    /// A trace identifier that is not 32 hex digits, as it came.
    public private(set) var correlationID: String?
    /// The format of the trace or of the correlation ID.
    public private(set) var traceFormat: HeaderFormat?

    /// The orchestrator's run.
    public private(set) var executionID: String?

    /// The application's values.
    public private(set) var baggage: Baggage?
    /// The format of the baggage.
    public private(set) var baggageFormat: HeaderFormat?

    /// The context in which the event was created (`ce_traceparent`), which no step on its way rewrites. It is read
    /// where ``HeaderFormat/traceContext`` is, and where no codec found a trace it is the trace, too.
    ///
    /// Specification: [CloudEvents, Distributed
    /// Tracing](https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/distributed-tracing.md).
    public internal(set) var creation: TraceParent?
    /// The tracestate beside ``creation``.
    public internal(set) var creationState: TraceState?

    /// How many headers stood beside another of their name, in a format that has one.
    public internal(set) var duplicates = 0

    package private(set) var sampling = SamplingDecision.unspecified
    /// What was said of sampling without naming a trace: it holds for a trace whose own format comes later, or cannot
    /// say it.
    private var bareSampling = SamplingDecision.unspecified

    private var faults = HeaderFaults()

    /// Nothing found: what a ``HeaderCodec`` of your own begins with.
    public init() {}

    /// Whether the sender sampled the trace; nil where it left that open, and from formats that cannot say it. B3 can
    /// say it without naming a trace: then a trace that starts here follows it.
    public var isSampled: Bool? { sampling.isSampled }

    /// Whether the sender asks to keep the trace whatever sampling says, as B3 and Jaeger can.
    public var isDebug: Bool { sampling == .debug }

    /// The formats whose headers were there and could not be used, each with the reason.
    public var misses: [HeaderMiss] {
        var result: [HeaderMiss] = []
        forEachMiss { result.append($0) }
        return result
    }

    func forEachMiss(_ body: (HeaderMiss) -> Void) { faults.forEach(body) }
}

// What is set first stays: codecs are asked in order, and each part comes from the first that has it.
extension HeaderExtraction {
    /// Sets the trace, unless there is one.
    public mutating func setTrace(_ trace: TraceParent, state: TraceState? = nil) {
        setTrace(trace, state: state, from: .custom)
    }

    /// Sets a trace identifier that is not 32 hex digits, unless there is a trace.
    ///
    /// What cannot stand on a line or in a header (no text, over 256 bytes, control characters) is left out.
    public mutating func setCorrelationID(_ text: String) {
        if PlainIdentifier.fault(of: text) == nil { setCorrelationID(text, from: .custom) }
    }

    /// Sets the execution, unless there is one. What cannot stand on a line or in a header is left out.
    public mutating func setExecutionID(_ text: String) {
        if PlainIdentifier.fault(of: text) == nil { setExecutionID(checked: text) }
    }

    /// Sets the baggage, unless there is some.
    public mutating func setBaggage(_ baggage: Baggage) {
        setBaggage(baggage, from: .custom)
    }

    mutating func setExecutionID(checked text: String) {
        if executionID == nil { executionID = text }
    }

    mutating func setTrace(_ trace: TraceParent, state: TraceState? = nil, from format: HeaderFormat) {
        let sampling: SamplingDecision = trace.flags.contains(.sampled) ? .sampled : .denied
        setTrace(trace.traceID, parent: trace.spanID, flags: trace.flags, sampling, state, from: format)
    }

    mutating func setTrace(
        _ traceID: TraceID,
        parent: SpanID?,
        flags: TraceFlags,
        _ sampling: SamplingDecision,
        _ state: TraceState? = nil,
        from format: HeaderFormat
    ) {
        guard traceFormat == nil else { return join(traceID, parent, flags, sampling, state, format) }
        self.traceID = traceID
        parentSpanID = parent
        self.flags = flags
        self.sampling = sampling
        traceState = state
        traceFormat = format
        if bareSampling != .unspecified { decide(bareSampling) }
    }

    /// Takes what another format says more of the same span: a sender that writes several says in each what it can.
    private mutating func join(
        _ traceID: TraceID,
        _ parent: SpanID?,
        _ flags: TraceFlags,
        _ sampling: SamplingDecision,
        _ state: TraceState?,
        _ format: HeaderFormat
    ) {
        guard let first = traceFormat, traceID == self.traceID,
            parent == nil || parentSpanID == nil || parent == parentSpanID
        else { return }
        if parentSpanID == nil { parentSpanID = parent }
        if traceState == nil { traceState = state }
        self.flags.formUnion(flags.intersection(.random))
        if bareSampling == .unspecified, first.mayMean(sampling, by: self.sampling, format) { decide(sampling) }
    }

    private mutating func decide(_ sampling: SamplingDecision) {
        self.sampling = sampling
        flags = sampling.flags.union(flags.intersection(.random))
    }

    mutating func setCorrelationID(_ text: String, from format: HeaderFormat) {
        guard traceFormat == nil else { return }
        correlationID = text
        traceFormat = format
    }

    /// Sets what a header says of sampling that names no trace.
    mutating func setSampling(_ sampling: SamplingDecision) {
        guard bareSampling == .unspecified else { return }
        bareSampling = sampling
        if self.sampling == .unspecified { decide(sampling) }
    }

    mutating func setBaggage(_ baggage: Baggage, from format: HeaderFormat) {
        guard self.baggage == nil else { return }
        self.baggage = baggage
        baggageFormat = format
    }

    @inline(__always)
    mutating func note(_ fault: HeaderFault?, of format: HeaderFormat) {
        if let fault { faults.note(fault, of: format) }
    }

    /// An event that nobody traced after it was made goes on in the trace in which it was made.
    mutating func fillFromCreation() {
        if traceFormat == nil, let creation { setTrace(creation, state: creationState, from: .cloudEvents) }
    }

    /// Takes the parts that are missing here from what another codec found.
    mutating func fill(from other: HeaderExtraction) {
        if let traceID = other.traceID {
            setTrace(
                traceID,
                parent: other.parentSpanID,
                flags: other.flags,
                other.sampling,
                other.traceState,
                from: .custom
            )
        } else if let correlationID = other.correlationID {
            setCorrelationID(correlationID, from: .custom)
        }
        if other.bareSampling != .unspecified { setSampling(other.bareSampling) }
        if let executionID = other.executionID { setExecutionID(checked: executionID) }
        if let baggage = other.baggage { setBaggage(baggage, from: .custom) }
        if creation == nil { (creation, creationState) = (other.creation, other.creationState) }
        duplicates += other.duplicates
        faults.formUnion(other.faults)
    }
}
