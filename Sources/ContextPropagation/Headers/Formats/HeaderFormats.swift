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
    static let xray = HeaderFormats(.xray)
    static let plain = HeaderFormats(.plain)
}
