/// A set of formats, as bits.
struct HeaderFormatSet: OptionSet {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(_ kind: HeaderFormat.Kind) { rawValue = 1 << UInt16(kind.rawValue) }

    static let traceContext = HeaderFormatSet(.traceContext)
    static let baggage = HeaderFormatSet(.baggage)
    /// Both names of B3: each reads both forms.
    static let b3: HeaderFormatSet = [HeaderFormatSet(.b3), HeaderFormatSet(.b3Multi)]
    static let jaeger = HeaderFormatSet(.jaeger)
    /// Both names of X-Ray: they differ only in the environment.
    static let xray: HeaderFormatSet = [HeaderFormatSet(.xray), xrayLambda]
    static let xrayLambda = HeaderFormatSet(.xrayLambda)
    static let ottrace = HeaderFormatSet(.ottrace)
    static let datadog = HeaderFormatSet(.datadog)
    static let plain = HeaderFormatSet(.plain)
}
