/// A set of formats, as bits.
struct HeaderFormats: OptionSet {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(_ kind: HeaderFormat.Kind) { rawValue = 1 << UInt16(kind.rawValue) }

    static let traceContext = HeaderFormats(.traceContext)
    static let baggage = HeaderFormats(.baggage)
    /// Both names of B3: each reads both forms.
    static let b3: HeaderFormats = [HeaderFormats(.b3), HeaderFormats(.b3Multi)]
    static let jaeger = HeaderFormats(.jaeger)
    /// Both names of X-Ray: they differ only in the environment.
    static let xray: HeaderFormats = [HeaderFormats(.xray), xrayLambda]
    static let xrayLambda = HeaderFormats(.xrayLambda)
    static let ottrace = HeaderFormats(.ottrace)
    static let datadog = HeaderFormats(.datadog)
    static let plain = HeaderFormats(.plain)
}
