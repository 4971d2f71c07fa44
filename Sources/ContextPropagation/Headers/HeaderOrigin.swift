/// The origin of a trace or of baggage: a format, or a source that is not a format.
///
///     if found.traceOrigin == .format(.b3) { … }
public struct HeaderOrigin: Hashable, Sendable {
    private enum Kind: Hashable {
        case format(HeaderFormat)
        case cloudEvents
        case custom
    }

    private let kind: Kind

    /// The headers of a format.
    public static func format(_ format: HeaderFormat) -> HeaderOrigin { HeaderOrigin(kind: .format(format)) }

    /// The header `ce_traceparent`, when it is the only one that names a trace; see ``HeaderExtraction/creation``.
    public static let cloudEvents = HeaderOrigin(kind: .cloudEvents)

    /// A ``HeaderCodec`` of the program.
    public static let custom = HeaderOrigin(kind: .custom)

    /// Every origin; the formats come first.
    public static let allCases: [HeaderOrigin] = HeaderFormat.allCases.map { .format($0) } + [.cloudEvents, .custom]

    /// The format, if the origin is one.
    public var format: HeaderFormat? {
        guard case .format(let format) = kind else { return nil }
        return format
    }

    /// The name of the format, `cloudevents` or `custom`.
    public var name: String {
        switch kind {
        case .format(let format): format.name
        case .cloudEvents: "cloudevents"
        case .custom: "custom"
        }
    }

    /// The position in ``allCases``.
    var index: Int {
        switch kind {
        case .format(let format): Int(format.kind.rawValue)
        case .cloudEvents: Self.formats
        case .custom: Self.formats + 1
        }
    }

    private static let formats = HeaderFormat.Kind.allCases.count
}

extension HeaderOrigin: CaseIterable {}

extension HeaderOrigin: CustomStringConvertible {
    /// The same as ``name``.
    public var description: String { name }
}

// A sender that writes several formats puts as much of its decision into each as the format can carry.
extension HeaderOrigin {
    private var canDefer: Bool {
        switch format?.kind {
        case .b3, .b3Multi, .xray, .xrayLambda, .ottrace, .datadog: true
        case .traceContext, .baggage, .jaeger, .plain, nil: false
        }
    }

    private var canDebug: Bool {
        format == .b3 || format == .b3Multi || format == .jaeger || format == .datadog
    }

    /// Whether a trace from this origin may be the lower half of a longer ID.
    var mayLackUpperHalf: Bool { format == .ottrace || format == .datadog }

    /// Whether `said`, from this origin, may be the remainder of `other`, which comes from another origin.
    func mayMean(_ other: SamplingDecision, by said: SamplingDecision, _ otherOrigin: HeaderOrigin) -> Bool {
        switch (said, other) {
        case (.unspecified, _), (.deferred, .sampled), (.deferred, .debug): true
        case (.deferred, .denied): otherOrigin.canDefer
        case (.denied, .deferred): !canDefer
        case (.sampled, .debug): !canDebug
        default: false
        }
    }
}
