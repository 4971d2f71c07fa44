/// The decisions about sampling that formats can carry. `traceparent` has two of them; B3 has all but the first.
package enum SamplingDecision: UInt8, Sendable {
    /// The format cannot carry a decision.
    case unspecified
    /// The sender leaves the decision to the receiver.
    case deferred
    case denied
    case sampled
    /// The trace is sampled, and must be kept even if a sampler decides otherwise.
    case debug

    /// The closest flags of `traceparent`. A deferred trace has not been recorded so far.
    package var traceFlags: TraceFlags {
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
    /// The part of a sampling decision that the trace flags cannot carry.
    package enum SamplingDetail: UInt8, Sendable {
        /// The flags carry the whole decision.
        case none
        /// The decision is open. The sampled flag is off.
        case deferred
        /// The sampled flag is on, and the trace must be kept even if a sampler decides otherwise.
        case debug
    }

    /// Whether the trace is sampled. The value is nil if the sender left the decision open, which B3, X-Ray, Datadog
    /// and OpenTracing allow.
    public var isSampled: Bool? { sampling.isSampled }

    /// Whether the trace must be kept even if a sampler decides otherwise. B3, Jaeger and Datadog can
    /// ask for that.
    public var isDebug: Bool { sampling == .debug }

    package var sampling: SamplingDecision {
        let ids = storage.ids
        return switch ids.samplingDetail {
        case .none: ids.traceFlags.contains(.sampled) ? .sampled : .denied
        case .deferred: .deferred
        case .debug: .debug
        }
    }
}
