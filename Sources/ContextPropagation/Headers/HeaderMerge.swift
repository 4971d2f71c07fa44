/// The rules of precedence: builds one extraction from the parts that codecs contribute in their order.
///
/// Each part comes from the first codec that has it. A later codec completes the same span and never overrides it.
struct HeaderMerge: ~Copyable {
    /// The extraction so far: a variable of the caller that lives longer than this value. Returning the extraction from
    /// here would copy all of its parts.
    private let target: UnsafeMutablePointer<HeaderExtraction>

    init(into target: UnsafeMutablePointer<HeaderExtraction>) {
        self.target = target
    }

    /// Ends the merge. An event that nobody traced after it was created continues the trace of its creation.
    @inline(__always)
    mutating func finish() {
        if target.pointee.traceOrigin == nil || target.pointee.hasFallbackID, let creation = target.pointee.creation {
            addTrace(creation, state: target.pointee.creationState, from: .cloudEvents)
        }
    }

    mutating func addTrace(_ trace: TraceParent, state: TraceState? = nil, from origin: HeaderOrigin) {
        let sampling: SamplingDecision = trace.traceFlags.contains(.sampled) ? .sampled : .denied
        addTrace(trace.traceID, parent: trace.spanID, trace.traceFlags, sampling, state, from: origin)
    }

    /// Adds a trace from a format whose only flags are those that follow from the decision about sampling.
    @inline(__always)
    mutating func addTrace(
        _ traceID: TraceID,
        parent: SpanID?,
        _ sampling: SamplingDecision,
        from origin: HeaderOrigin
    ) {
        addTrace(traceID, parent: parent, sampling.traceFlags, sampling, nil, from: origin)
    }

    private mutating func addTrace(
        _ traceID: TraceID,
        parent: SpanID?,
        _ traceFlags: TraceFlags,
        _ sampling: SamplingDecision,
        _ state: TraceState?,
        from origin: HeaderOrigin
    ) {
        guard let first = target.pointee.traceOrigin, !dropFallbackID() else {
            target.pointee.traceID = traceID
            target.pointee.parentSpanID = parent
            target.pointee.traceFlags = traceFlags
            target.pointee.sampling = sampling
            set(state)
            target.pointee.traceOrigin = origin
            if target.pointee.bareSampling != .unspecified { decide(target.pointee.bareSampling) }
            return
        }
        // A sender that writes several formats puts into each as much as it can carry.
        guard parent == nil || target.pointee.parentSpanID == nil || parent == target.pointee.parentSpanID,
            traceID == target.pointee.traceID || hasLowerHalf(traceID, origin, first)
        else { return }
        if target.pointee.parentSpanID == nil { target.pointee.parentSpanID = parent }
        if target.pointee.traceState == nil { set(state) }
        target.pointee.traceFlags.formUnion(traceFlags.intersection(.random))
        if target.pointee.bareSampling == .unspecified, first.mayMean(sampling, by: target.pointee.sampling, origin) {
            decide(sampling)
        }
    }

    /// Whether the trace is the same one, of which one origin has only the lower half. The whole ID then counts.
    @inline(never)
    private mutating func hasLowerHalf(_ traceID: TraceID, _ origin: HeaderOrigin, _ first: HeaderOrigin) -> Bool {
        guard let known = target.pointee.traceID, known.low == traceID.low else { return false }
        if traceID.high == 0, origin.mayLackUpperHalf { return true }
        guard known.high == 0, first.mayLackUpperHalf else { return false }
        target.pointee.traceID = traceID
        return true
    }

    @inline(__always)
    private mutating func set(_ state: TraceState?) {
        guard let state else { return }
        target.pointee.traceState = state
        target.pointee.hasTexts = true
    }

    private mutating func decide(_ sampling: SamplingDecision) {
        target.pointee.sampling = sampling
        target.pointee.traceFlags = sampling.traceFlags.union(target.pointee.traceFlags.intersection(.random))
    }

    /// Whether there is a trace or a correlation ID that no later one replaces.
    var hasTrace: Bool { target.pointee.traceOrigin != nil && !target.pointee.hasFallbackID }

    /// Adds a trace ID from a header that programs also send beside a trace. A trace or a correlation ID of another
    /// header that comes later replaces it.
    mutating func addFallback(_ traceID: TraceID, from origin: HeaderOrigin) {
        if target.pointee.hasFallbackID { return }
        let isFirst = !hasTrace
        addTrace(traceID, parent: nil, .unspecified, from: origin)
        target.pointee.hasFallbackID = isFirst
    }

    /// - Parameter isFallback: Whether a trace, or a correlation ID of another header, that comes later replaces the
    ///   text.
    mutating func addCorrelationID(_ text: String, isFallback: Bool = false, from origin: HeaderOrigin) {
        guard target.pointee.traceOrigin == nil || !isFallback && dropFallbackID() else { return }
        target.pointee.correlationID = text
        target.pointee.hasFallbackID = isFallback
        target.pointee.hasTexts = true
        target.pointee.traceOrigin = origin
    }

    /// Drops an ID that another one replaces. Returns whether there was one. Its flags need no change: they are those
    /// of an extraction without a trace.
    @inline(__always)
    private mutating func dropFallbackID() -> Bool {
        guard target.pointee.hasFallbackID else { return false }
        target.pointee.traceID = nil
        target.pointee.correlationID = nil
        target.pointee.hasFallbackID = false
        return true
    }

    /// Adds a decision about sampling that names no trace. It holds for a trace whose own format comes later, or cannot
    /// carry a decision.
    mutating func addSampling(_ sampling: SamplingDecision) {
        guard target.pointee.bareSampling == .unspecified else { return }
        target.pointee.bareSampling = sampling
        if target.pointee.sampling == .unspecified { decide(sampling) }
    }

    mutating func addExecutionID(_ text: ShortText) {
        if target.pointee.execution.isEmpty { target.pointee.execution = text }
    }

    /// Adds baggage. The headers of Jaeger and of OpenTracing hold neither properties nor the case of names: if W3C's
    /// header has the same members, it replaces them.
    mutating func addBaggage(_ baggage: Baggage, from origin: HeaderOrigin) {
        if let first = target.pointee.baggage {
            guard target.pointee.baggageOrigin == .format(.jaeger) || target.pointee.baggageOrigin == .format(.ottrace),
                origin == .format(.baggage),
                first.hasSameJaegerHeaders(as: baggage)
            else { return }
        }
        target.pointee.baggage = baggage
        target.pointee.hasTexts = true
        target.pointee.baggageOrigin = origin
    }

    mutating func addCreation(_ creation: TraceParent?, _ state: TraceState?) {
        guard target.pointee.creation == nil, let creation else { return }
        target.pointee.creation = creation
        target.pointee.creationState = state
    }

    mutating func addDuplicates(_ count: Int) {
        target.pointee.duplicates += count
    }

    @inline(__always)
    mutating func note(_ fault: HeaderFault?, of origin: HeaderOrigin) {
        if let fault { target.pointee.faults.note(fault, of: origin) }
    }

    mutating func note(_ limit: HeaderFault, dropped members: Int, of format: HeaderFormat) {
        target.pointee.faults.note(limit, dropped: members, of: format)
    }

    /// Adds the parts that a codec of the program found.
    mutating func add(_ other: HeaderExtraction) {
        if let traceID = other.traceID, other.hasFallbackID {
            addFallback(traceID, from: .custom)
        } else if let traceID = other.traceID {
            addTrace(
                traceID,
                parent: other.parentSpanID,
                other.traceFlags,
                other.sampling,
                other.traceState,
                from: .custom
            )
        } else if let correlationID = other.correlationID {
            addCorrelationID(correlationID, isFallback: other.hasFallbackID, from: .custom)
        }
        if other.bareSampling != .unspecified { addSampling(other.bareSampling) }
        if !other.execution.isEmpty { addExecutionID(other.execution) }
        if let baggage = other.baggage { addBaggage(baggage, from: .custom) }
        addCreation(other.creation, other.creationState)
        target.pointee.duplicates += other.duplicates
        target.pointee.faults.formUnion(other.faults)
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
