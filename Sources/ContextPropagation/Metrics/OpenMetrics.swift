/// Writes the metrics of several sources as one text that Prometheus and OpenTelemetry collectors can read.
///
///     let text = OpenMetrics.text(of: [producer.statistics, consumer.statistics, pool.statistics])
///
/// Serve it with the content type ``contentType``. Samples of one name form one family, whose type and help are written
/// once. Samples of one name with equal labels are added, so two pools with the same name count as one.
///
/// In a name, `_` replaces each character that the format does not allow. A sample whose name already belongs to a
/// family of another type is left out, because it would make the whole text invalid.
///
/// Specification: [OpenMetrics
/// 1.0](https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md), "Text format".
public struct OpenMetrics: Sendable {
    /// The value of the header `Content-Type` for this text.
    public static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    enum Value {
        case integer(Int)
        case number(Double)
        case histogram(LatencyHistogram)

        func adding(_ other: Value) -> Value {
            switch (self, other) {
            case (.integer(let left), .integer(let right)): .integer(left &+ right)
            case (.histogram(let left), .histogram(let right)): .histogram(left + right)
            default: .number(number + other.number)
            }
        }

        private var number: Double {
            switch self {
            case .integer(let value): Double(value)
            case .number(let value): value
            case .histogram(let value): Double(value.count)
            }
        }
    }

    struct Family {
        let name: String
        let kind: Kind
        let help: String
        var samples: [Sample] = []
        /// The places of samples, by their labels as text.
        var places: [String: Int] = [:]
    }

    struct Sample {
        let labels: [String: String]
        let text: String
        var value: Value
    }

    private(set) var families: [Family] = []
    private var places: [String: Int] = [:]

    /// Metrics without samples.
    public init() {}

    /// The text of these sources, with `# EOF` at its end.
    public static func text(of sources: [any OpenMetricsSource]) -> String {
        var metrics = OpenMetrics()
        for source in sources { source.write(to: &metrics) }
        return metrics.text
    }

    /// Adds a number that never decreases.
    ///
    /// - Parameters:
    ///   - name: The name of the family, without `_total`.
    ///   - help: A description of the number.
    ///   - value: The number.
    ///   - labels: The labels of the sample, by name.
    public mutating func counter(_ name: String, help: String, _ value: Int, labels: [String: String] = [:]) {
        let family = name.hasSuffix("_total") ? String(name.dropLast("_total".count)) : name
        // The format has no negative counters.
        add(family, .counter, help, .integer(max(0, value)), labels)
    }

    /// Adds a whole number that may go up and down.
    ///
    /// - Parameters:
    ///   - name: The name of the family.
    ///   - help: A description of the number.
    ///   - value: The number.
    ///   - labels: The labels of the sample, by name.
    public mutating func gauge(_ name: String, help: String, _ value: Int, labels: [String: String] = [:]) {
        add(name, .gauge, help, .integer(value), labels)
    }

    /// Adds a number with a fraction that may go up and down.
    public mutating func gauge(_ name: String, help: String, _ value: Double, labels: [String: String] = [:]) {
        add(name, .gauge, help, .number(value), labels)
    }

    /// Adds the durations of a histogram, in seconds.
    ///
    /// - Parameters:
    ///   - name: The name of the family. It should end in `_seconds`.
    ///   - help: A description of the durations.
    ///   - value: The durations.
    ///   - labels: The labels of the sample, by name.
    public mutating func histogram(
        _ name: String,
        help: String,
        _ value: LatencyHistogram,
        labels: [String: String] = [:]
    ) {
        add(name, .histogram, help, .histogram(value), labels)
    }

    private mutating func add(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ value: Value,
        _ labels: [String: String]
    ) {
        let name = Self.allowed(name, colons: true)
        // The samples of a histogram have their own label `le`.
        let reserved = kind == .histogram ? "le" : nil
        var allowed: [String: String] = [:]
        for (name, value) in labels where name != reserved { allowed[Self.allowed(name, colons: false)] = value }
        let text = Self.rendered(allowed)
        let place = places[name] ?? families.count
        if place == families.count {
            guard !isTaken(name, kind) else { return }
            families.append(Family(name: name, kind: kind, help: help))
            places[name] = place
        }
        guard families[place].kind == kind else { return }
        if let index = families[place].places[text] {
            families[place].samples[index].value = families[place].samples[index].value.adding(value)
        } else {
            families[place].places[text] = families[place].samples.count
            families[place].samples.append(Sample(labels: allowed, text: text, value: value))
        }
    }

    /// Whether the samples of a new family would have the same names as those of another family.
    private func isTaken(_ name: String, _ kind: Kind) -> Bool {
        let suffixes = ["_total", "_created", "_bucket", "_count", "_sum"]
        return suffixes.contains { suffix in
            places[name + suffix] != nil
                || (name.hasSuffix(suffix) && places[String(name.dropLast(suffix.count))] != nil)
        }
    }

    /// The text, with `# EOF` at its end.
    public var text: String {
        var text = ""
        for family in families {
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            text += "# HELP \(family.name) \(Self.escaped(family.help))\n"
            for sample in family.samples { Self.write(sample.value, sample.text, of: family, to: &text) }
        }
        return text + "# EOF\n"
    }

    private static func write(_ value: Value, _ labels: String, of family: Family, to text: inout String) {
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        switch value {
        case .integer(let value):
            text += "\(family.name)\(family.kind == .counter ? "_total" : "")\(braces) \(value)\n"
        case .number(let value):
            text += "\(family.name)\(braces) \(number(value))\n"
        case .histogram(let histogram):
            let comma = labels.isEmpty ? "" : ","
            var count = 0
            for (bound, number) in zip(LatencyHistogram.nanosecondBounds, histogram.counts) {
                count += number
                text += "\(family.name)_bucket{\(labels)\(comma)le=\"\(Double(bound) / 1e9)\"} \(count)\n"
            }
            text += "\(family.name)_bucket{\(labels)\(comma)le=\"+Inf\"} \(histogram.count)\n"
            text += "\(family.name)_count\(braces) \(histogram.count)\n"
            text += "\(family.name)_sum\(braces) \(number(Double(histogram.totalNanoseconds) / 1e9))\n"
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value.description
    }

    private static func rendered(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    /// Returns the name with `_` in place of every character that the format does not allow at that position.
    private static func allowed(_ name: String, colons: Bool) -> String {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
                bytes.append(byte)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if bytes.isEmpty { bytes.append(UInt8(ascii: "_")) }
                bytes.append(byte)
            case UInt8(ascii: ":") where colons: bytes.append(byte)
            default: bytes.append(UInt8(ascii: "_"))
            }
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
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
