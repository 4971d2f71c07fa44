/// How many lists of headers were read, which formats gave their traces, and why others gave nothing: one reading of
/// ``HeaderCodecCounters``.
public struct HeaderCodecStatistics: Hashable, Sendable {
    /// Lists that named a trace or a correlation ID, by the format that it was taken from.
    public internal(set) var traces: [HeaderFormat: Int] = [:]
    /// Lists that named none, so that the process's trace or a new one was used.
    public internal(set) var withoutTrace = 0
    /// Headers that stood beside another of their name, in a format that has one.
    public internal(set) var duplicates = 0
    /// Headers that were there and could not be used.
    public internal(set) var misses: [HeaderMiss: Int] = [:]

    /// Nothing read.
    public init() {}

    /// Lists that were read.
    public var extractions: Int { traces.values.reduce(withoutTrace, +) }
}

extension HeaderCodecStatistics: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        let hits = traces.map { "trace from \($0) \($1)" }.sorted()
        let faults = misses.map { "\($0) \($1)" }.sorted()
        return
            (["\(extractions) lists read", "\(withoutTrace) without a trace", "\(duplicates) duplicates"] + hits
            + faults)
            .joined(separator: "; ")
    }
}

extension HeaderCodecStatistics {
    /// The counters as OpenMetrics text, without the closing `# EOF`.
    ///
    /// - Parameters:
    ///   - prefix: What the names of the metrics begin with.
    ///   - labels: Further labels, written as they stand in the text, as in `topic="frames"`.
    public func openMetrics(prefix: String, labels: String = "") -> String {
        let common = labels.isEmpty ? "" : labels + ","
        let none = labels.isEmpty ? "" : "{\(labels)}"
        var lines = ["# TYPE \(prefix)_header_traces counter"]
        lines += traces.map { "\(prefix)_header_traces_total{\(common)format=\"\($0)\"} \($1)" }.sorted()
        lines.append("\(prefix)_header_traces_total{\(common)format=\"none\"} \(withoutTrace)")
        lines.append("# TYPE \(prefix)_header_duplicates counter")
        lines.append("\(prefix)_header_duplicates_total\(none) \(duplicates)")
        lines.append("# TYPE \(prefix)_header_misses counter")
        lines += misses.map { miss, count in
            "\(prefix)_header_misses_total{\(common)format=\"\(miss.format)\",reason=\"\(miss.fault)\"} \(count)"
        }.sorted()
        return lines.joined(separator: "\n") + "\n"
    }
}
