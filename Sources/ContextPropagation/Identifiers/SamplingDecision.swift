/// What formats can say of sampling. `traceparent` has two of them, B3 all but the first.
package enum SamplingDecision: UInt8, Sendable {
    /// The format has no place for it.
    case unspecified
    /// Left to the receiver.
    case deferred
    case denied
    case sampled
    /// Sampled, and to be kept whatever else decides.
    case debug

    /// The flags of a `traceparent` that says the same, as nearly as it can: what is deferred was not recorded so far.
    package var flags: TraceFlags {
        switch self {
        case .deferred, .denied: []
        case .unspecified, .sampled, .debug: .sampled
        }
    }

    package var isSampled: Bool? {
        switch self {
        case .unspecified, .deferred: nil
        case .denied: false
        case .sampled, .debug: true
        }
    }
}

extension LogContext {
    /// What the flags cannot say of sampling.
    package enum SamplingDetail: UInt8, Sendable {
        /// The flags say it all.
        case none
        /// Nobody has decided yet; the sampled flag is off.
        case deferred
        /// The sampled flag is on, and the trace is to be kept whatever else decides.
        case debug
    }

    /// Whether the trace is sampled; nil where a B3 or X-Ray sender left that open and nobody has decided since.
    public var isSampled: Bool? { sampling.isSampled }

    /// Whether the trace is to be kept whatever sampling says, as B3 and Jaeger can ask.
    public var isDebug: Bool { sampling == .debug }

    package var sampling: SamplingDecision {
        let parts = storage.parts
        return switch parts.samplingDetail {
        case .none: parts.traceFlags.contains(.sampled) ? .sampled : .denied
        case .deferred: .deferred
        case .debug: .debug
        }
    }
}
