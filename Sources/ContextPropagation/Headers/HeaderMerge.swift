/// The rules of precedence: builds one extraction from the parts that codecs contribute in their order.
///
/// Each part comes from the first codec that has it. A later codec completes the same span and never overrides it.
struct HeaderMerge {
    /// The extraction so far.
    private(set) var result = HeaderExtraction()

    /// Ends the merge. An event that nobody traced after it was created continues the trace of its creation.
    @inline(__always)
    mutating func finish() {
        if result.traceOrigin == nil, let creation = result.creation {
            addTrace(creation, state: result.creationState, from: .cloudEvents)
        }
    }

    mutating func addTrace(_ trace: TraceParent, state: TraceState? = nil, from origin: HeaderOrigin) {
        let sampling: SamplingDecision = trace.traceFlags.contains(.sampled) ? .sampled : .denied
        addTrace(trace.traceID, parent: trace.spanID, traceFlags: trace.traceFlags, sampling, state, from: origin)
    }

    mutating func addTrace(
        _ traceID: TraceID,
        parent: SpanID?,
        traceFlags: TraceFlags,
        _ sampling: SamplingDecision,
        _ state: TraceState? = nil,
        from origin: HeaderOrigin
    ) {
        guard let first = result.traceOrigin else {
            result.traceID = traceID
            result.parentSpanID = parent
            result.traceFlags = traceFlags
            result.sampling = sampling
            result.traceState = state
            result.traceOrigin = origin
            if result.bareSampling != .unspecified { decide(result.bareSampling) }
            return
        }
        // A sender that writes several formats puts into each as much as it can carry.
        guard traceID == result.traceID,
            parent == nil || result.parentSpanID == nil || parent == result.parentSpanID
        else { return }
        if result.parentSpanID == nil { result.parentSpanID = parent }
        if result.traceState == nil { result.traceState = state }
        result.traceFlags.formUnion(traceFlags.intersection(.random))
        if result.bareSampling == .unspecified, first.mayMean(sampling, by: result.sampling, origin) {
            decide(sampling)
        }
    }

    private mutating func decide(_ sampling: SamplingDecision) {
        result.sampling = sampling
        result.traceFlags = sampling.traceFlags.union(result.traceFlags.intersection(.random))
    }

    mutating func addCorrelationID(_ text: String, from origin: HeaderOrigin) {
        guard result.traceOrigin == nil else { return }
        result.correlationID = text
        result.traceOrigin = origin
    }

    /// Adds a decision about sampling that names no trace. It holds for a trace whose own format comes later, or cannot
    /// carry a decision.
    mutating func addSampling(_ sampling: SamplingDecision) {
        guard result.bareSampling == .unspecified else { return }
        result.bareSampling = sampling
        if result.sampling == .unspecified { decide(sampling) }
    }

    mutating func addExecutionID(_ text: String) {
        if result.executionID == nil { result.executionID = text }
    }

    /// Adds baggage. Jaeger's headers hold neither properties nor the case of names: if W3C's header has the same
    /// members, it replaces them.
    mutating func addBaggage(_ baggage: Baggage, from origin: HeaderOrigin) {
        if let first = result.baggage {
            guard result.baggageOrigin == .format(.jaeger), origin == .format(.baggage),
                first.hasSameJaegerHeaders(as: baggage)
            else { return }
        }
        result.baggage = baggage
        result.baggageOrigin = origin
    }

    mutating func addCreation(_ creation: TraceParent?, _ state: TraceState?) {
        guard result.creation == nil, let creation else { return }
        result.creation = creation
        result.creationState = state
    }

    mutating func addDuplicates(_ count: Int) {
        result.duplicates += count
    }

    @inline(__always)
    mutating func note(_ fault: HeaderFault?, of origin: HeaderOrigin) {
        if let fault { result.faults.note(fault, of: origin) }
    }

    mutating func note(_ limit: HeaderFault, dropped members: Int, of format: HeaderFormat) {
        result.faults.note(limit, dropped: members, of: format)
    }

    /// Adds the parts that a codec of the program found.
    mutating func add(_ other: HeaderExtraction) {
        if let traceID = other.traceID {
            addTrace(
                traceID,
                parent: other.parentSpanID,
                traceFlags: other.traceFlags,
                other.sampling,
                other.traceState,
                from: .custom
            )
        } else if let correlationID = other.correlationID {
            addCorrelationID(correlationID, from: .custom)
        }
        if other.bareSampling != .unspecified { addSampling(other.bareSampling) }
        if let executionID = other.executionID { addExecutionID(executionID) }
        if let baggage = other.baggage { addBaggage(baggage, from: .custom) }
        addCreation(other.creation, other.creationState)
        result.duplicates += other.duplicates
        result.faults.formUnion(other.faults)
    }
}

extension Baggage {
    /// Whether both lead to the same `uberctx-*` headers: names without case, values without properties.
    fileprivate func hasSameJaegerHeaders(as other: Baggage) -> Bool {
        func values(of baggage: Baggage) -> [String: String] {
            Dictionary(baggage.members.map { ($0.name.lowercased(), $0.value) }) { _, last in last }
        }
        return values(of: self) == values(of: other)
    }
}
