/// A format that ``HeaderCodecs`` reads and writes.
public struct HeaderFormat: Hashable, Sendable {
    enum Kind: UInt8, CaseIterable {
        case traceContext
        case baggage
        case b3
        case b3Multi
        case jaeger
        case xray
        case plain
    }

    let kind: Kind

    init(kind: Kind) {
        self.kind = kind
    }

    /// W3C Trace Context Level 2: the headers `traceparent` and `tracestate`. Its name is `tracecontext`.
    public static let traceContext = HeaderFormat(kind: .traceContext)
    /// W3C Baggage: the header `baggage`. Its name is `baggage`.
    public static let baggage = HeaderFormat(kind: .baggage)
    /// B3 in the single header `b3`. Its name is `b3`. Both forms of B3 are read.
    public static let b3 = HeaderFormat(kind: .b3)
    /// B3 in several headers, `X-B3-TraceId` and others. Its name is `b3multi`. Both forms of B3 are read.
    ///
    /// Over Kafka, where names are case-sensitive, OpenTelemetry in Java and Brave look for this spelling.
    /// OpenTelemetry in Python looks for lower case there: use ``b3``, which all of them read.
    public static let b3Multi = HeaderFormat(kind: .b3Multi)
    /// Jaeger: the headers `uber-trace-id` and `uberctx-*`. Its name is `jaeger`.
    public static let jaeger = HeaderFormat(kind: .jaeger)
    /// AWS X-Ray: the header `X-Amzn-Trace-Id`. Its name is `xray`.
    public static let xray = HeaderFormat(kind: .xray)
    /// The headers `trace_id` and `execution_id`. Its name is `plain`. The headers `correlation_id` and
    /// `x-correlation-id` are read, too, and never written.
    public static let plain = HeaderFormat(kind: .plain)

    /// Every format, in the order in which messages name them.
    public static let allCases: [HeaderFormat] = Kind.allCases.map { HeaderFormat(kind: $0) }

    /// The format of this name, in any ASCII case. The result is nil for any name that is not in ``allCases``.
    public init?(name: some StringProtocol) {
        let name = name.lowercased()
        guard let format = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = format
    }

    /// The name of the format in `OTEL_PROPAGATORS`.
    public var name: String {
        switch kind {
        case .traceContext: "tracecontext"
        case .baggage: "baggage"
        case .b3: "b3"
        case .b3Multi: "b3multi"
        case .jaeger: "jaeger"
        case .xray: "xray"
        case .plain: "plain"
        }
    }
}

extension HeaderFormat: CaseIterable {}

extension HeaderFormat: CustomStringConvertible {
    /// The same as ``name``.
    public var description: String { name }
}
