/// A format that ``HeaderCodecs`` reads and writes, by the names of `OTEL_PROPAGATORS`.
public struct HeaderFormat: Hashable, Sendable {
    enum Kind: UInt8, CaseIterable {
        case traceContext
        case baggage
        case b3
        case b3Multi
        case jaeger
        case xray
        case plain
        case cloudEvents
        case custom
    }

    let kind: Kind

    init(kind: Kind) {
        self.kind = kind
    }

    /// `traceparent` and `tracestate` of W3C Trace Context Level 2: `tracecontext`.
    public static let traceContext = HeaderFormat(kind: .traceContext)
    /// `baggage` of W3C Baggage: `baggage`.
    public static let baggage = HeaderFormat(kind: .baggage)
    /// B3 in one header, `b3`: `b3`. Both of B3's forms are read.
    public static let b3 = HeaderFormat(kind: .b3)
    /// B3 in several headers, `x-b3-*`: `b3multi`. Both of B3's forms are read.
    public static let b3Multi = HeaderFormat(kind: .b3Multi)
    /// Jaeger's `uber-trace-id` and `uberctx-*`: `jaeger`.
    public static let jaeger = HeaderFormat(kind: .jaeger)
    /// AWS X-Ray's `x-amzn-trace-id`: `xray`.
    public static let xray = HeaderFormat(kind: .xray)
    /// `trace_id` and `execution_id`; reads `correlation_id` and `x-correlation-id`, too: `plain`.
    public static let plain = HeaderFormat(kind: .plain)

    /// The formats that can be asked for, in the order in which messages name them.
    public static let allCases: [HeaderFormat] = [.traceContext, .baggage, .b3, .b3Multi, .jaeger, .xray, .plain]

    /// The source of a trace that only `ce_traceparent` names; see ``HeaderExtraction/creation``.
    public static let cloudEvents = HeaderFormat(kind: .cloudEvents)
    /// The source of what a ``HeaderCodec`` of the user found.
    public static let custom = HeaderFormat(kind: .custom)

    /// The format of one of the names in ``allCases``, in any ASCII case.
    public init?(name: some StringProtocol) {
        let name = name.lowercased()
        guard let format = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = format
    }

    /// The name in `OTEL_PROPAGATORS`.
    public var name: String {
        switch kind {
        case .traceContext: "tracecontext"
        case .baggage: "baggage"
        case .b3: "b3"
        case .b3Multi: "b3multi"
        case .jaeger: "jaeger"
        case .xray: "xray"
        case .plain: "plain"
        case .cloudEvents: "cloudevents"
        case .custom: "custom"
        }
    }
}

// What formats can say of sampling: a sender that writes several says in each as much as it can.
extension HeaderFormat {
    private var canDefer: Bool { kind == .b3 || kind == .b3Multi || kind == .xray }
    private var canDebug: Bool { kind == .b3 || kind == .b3Multi || kind == .jaeger }

    /// Whether `said`, in this format, may be what is left of `other`, which stands in another format.
    func mayMean(_ other: SamplingDecision, by said: SamplingDecision, _ otherFormat: HeaderFormat) -> Bool {
        switch (said, other) {
        case (.unspecified, _), (.deferred, .sampled), (.deferred, .debug): true
        case (.deferred, .denied): otherFormat.canDefer
        case (.denied, .deferred): !canDefer
        case (.sampled, .debug): !canDebug
        default: false
        }
    }
}

extension HeaderFormat {
    /// Several formats, as bits.
    struct Set: OptionSet {
        let rawValue: UInt16

        init(rawValue: UInt16) { self.rawValue = rawValue }

        init(_ kind: Kind) { rawValue = 1 << UInt16(kind.rawValue) }

        static let traceContext = Set(.traceContext)
        static let baggage = Set(.baggage)
        static let b3: Set = [Set(.b3), Set(.b3Multi)]
        static let jaeger = Set(.jaeger)
        static let xray = Set(.xray)
        static let plain = Set(.plain)
    }
}

extension HeaderFormat: CustomStringConvertible {
    /// The same as ``name``.
    public var description: String { name }
}
