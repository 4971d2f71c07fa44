#if Metrics
extension OpenMetrics {
    /// The value of a sample.
    enum SampleValue {
        case counter(Int)
        case gauge(Double)
        case histogram(LatencyHistogram)
    }

    /// Calls `body` with each sample: its name as in the text, and its labels without escapes.
    func forEachSample(_ body: (_ name: String, _ labels: [String: String], SampleValue) -> Void) {
        for family in families {
            for sample in family.samples {
                switch sample.value {
                case .histogram(let value): body(family.name, sample.labels, .histogram(value))
                case .integer(let value) where family.kind == .counter:
                    body(family.name + "_total", sample.labels, .counter(value))
                case .integer(let value): body(family.name, sample.labels, .gauge(Double(value)))
                case .number(let value): body(family.name, sample.labels, .gauge(value))
                }
            }
        }
    }
}
#endif
