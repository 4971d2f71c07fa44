/// Metrics as text in the exposition format of OpenMetrics 1.0.
struct OpenMetricsText {
    private var text = ""
    /// What stands on every sample, as it is written there.
    let labels: String

    /// - Parameter labels: What stands on every sample.
    init(labels: [(name: String, value: String)]) {
        self.labels = Self.render(labels)
    }

    mutating func counter(_ name: String, _ help: String, _ value: Int) {
        family(name, "counter", help)
        text += "\(name)_total{\(labels)} \(value)\n"
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        family(name, "gauge", help)
        text += "\(name){\(labels)} \(value)\n"
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Duration) {
        family(name, "gauge", help)
        let (seconds, attoseconds) = value.components
        text += "\(name){\(labels)} \(Double(seconds) + Double(attoseconds) * 1e-18)\n"
    }

    /// One family of samples that differ by further labels.
    mutating func gauges(
        _ name: String,
        _ help: String,
        _ samples: [(labels: [(name: String, value: String)], value: Int)]
    ) {
        family(name, "gauge", help)
        for sample in samples {
            text += "\(name){\(labels),\(Self.render(sample.labels))} \(sample.value)\n"
        }
    }

    /// Appends families that are text already.
    mutating func append(_ families: String) {
        text += families
    }

    var finished: String { text + "# EOF\n" }

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# TYPE \(name) \(type)\n# HELP \(name) \(help).\n"
    }

    private static func render(_ labels: [(name: String, value: String)]) -> String {
        labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
