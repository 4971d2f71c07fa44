/// The result of reading a list of headers: the parts of a context, their origins, and the reasons why other headers
/// could not be used.
///
/// Handle a record in its ``receivingContext(process:)``.
///
///     let found = HeaderCodecs.environment.extract(from: headers)
///     print(found.traceOrigin?.name ?? "none", found.misses)      // tracecontext [b3: upper-case hex]
public struct HeaderExtraction: Sendable {
    /// The trace.
    public internal(set) var traceID: TraceID?
    /// The sender's span, which is the parent of the receiver's. It is nil if the format has no spans.
    public internal(set) var parentSpanID: SpanID?
    /// The flags of the trace. They are `01` if the format cannot carry a decision about sampling.
    public internal(set) var traceFlags: TraceFlags = .sampled
    /// The entries of tracing systems.
    public internal(set) var traceState: TraceState?
    /// A trace identifier that is not 32 hex digits, unchanged.
    public internal(set) var correlationID: String?
    /// The origin of the trace or of the correlation ID. It is nil if there is neither.
    public internal(set) var traceOrigin: HeaderOrigin?

    /// The orchestrator's run. Reading it makes a new text, so read it once.
    public var executionID: String? { execution.text }
    var execution = ShortText()

    /// The application's values.
    public internal(set) var baggage: Baggage?
    /// The origin of the baggage.
    public internal(set) var baggageOrigin: HeaderOrigin?

    /// The context in which the event was created (`ce_traceparent`). No later step rewrites it.
    ///
    /// It is read if ``HeaderFormat/traceContext`` is. If no codec finds a trace, it is the trace, too.
    ///
    /// Specification: [CloudEvents, Distributed
    /// Tracing](https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/distributed-tracing.md).
    public internal(set) var creation: TraceParent?
    /// The tracestate of ``creation``.
    public internal(set) var creationState: TraceState?

    /// The number of headers that repeat a name in a format that allows it only once.
    public internal(set) var duplicates = 0

    package internal(set) var sampling = SamplingDecision.unspecified
    /// A decision about sampling that names no trace.
    var bareSampling = SamplingDecision.unspecified
    /// Whether the trace or the correlation ID is from a header that programs also send beside a trace.
    var hasFallbackID = false
    /// Whether there is a tracestate, baggage or a correlation ID.
    var hasTexts = false
    var faults = HeaderFaults()

    /// Whether a part owns an object. The other parts are plain bytes.
    var ownsObjects: Bool { hasTexts || creationState != nil || execution.ownsObject }

    /// An extraction that found nothing.
    public init() {}

    /// Makes the result of a ``HeaderCodec`` of the program.
    ///
    /// Identifiers are checked as in plain headers. A correlation ID that is a trace ID becomes the trace. An
    /// identifier that is empty, over 256 bytes long or has control characters is left out; so is a correlation ID
    /// beside a trace.
    ///
    /// - Parameters:
    ///   - trace: The trace, the sender's span and the flags.
    ///   - traceState: The entries of tracing systems; they are left out without a `trace`.
    ///   - correlationID: A trace identifier that is not 32 hex digits.
    ///   - executionID: The orchestrator's run.
    ///   - baggage: The application's values.
    public init(
        trace: TraceParent? = nil,
        traceState: TraceState? = nil,
        correlationID: String? = nil,
        executionID: String? = nil,
        baggage: Baggage? = nil
    ) {
        self.init()
        withUnsafeMutablePointer(to: &self) { pointer in
            var merge = HeaderMerge(into: pointer)
            if let trace { merge.addTrace(trace, state: traceState, from: .custom) }
            switch correlationID.flatMap({ PlainIdentifier($0) }) {
            case .trace(let traceID) where trace == nil:
                merge.addTrace(traceID, parent: nil, .unspecified, from: .custom)
            case .correlation(let text): merge.addCorrelationID(text, from: .custom)
            case .trace, nil: break
            }
            if let executionID = PlainIdentifier.readable(executionID) { merge.addExecutionID(ShortText(executionID)) }
            if let baggage { merge.addBaggage(baggage, from: .custom) }
        }
    }

    /// Whether the sender sampled the trace. The value is nil if the sender left the decision open, or if the format
    /// cannot carry one. B3 can carry a decision without a trace: a trace that starts here then follows it.
    public var isSampled: Bool? { sampling.isSampled }

    /// Whether the sender asks to keep the trace even if a sampler decides otherwise. B3, Jaeger and Datadog can
    /// carry that.
    public var isDebug: Bool { sampling == .debug }

    /// The headers that were there and could not be used, each with its reason.
    public var misses: [HeaderMiss] {
        var result: [HeaderMiss] = []
        forEachMiss { result.append($0) }
        return result
    }

    func forEachMiss(_ body: (HeaderMiss) -> Void) { faults.forEach(body) }
}
