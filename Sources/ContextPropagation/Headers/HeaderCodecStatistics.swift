/// The counts of ``HeaderCodecCounters`` at one moment: the lists of headers that were read, the origins of their traces,
/// and the reasons why headers could not be used.
public struct HeaderCodecStatistics: Hashable, Sendable {
    /// The number of lists with a trace or a correlation ID, by its origin.
    public internal(set) var traces: [HeaderOrigin: Int] = [:]
    /// The number of lists with neither. The trace of the process or a new trace was used for them.
    public internal(set) var withoutTrace = 0
    /// The number of headers that repeat a name in a format that allows it only once.
    public internal(set) var duplicates = 0
    /// The number of lists with headers that could not be used, by origin and reason.
    public internal(set) var misses: [HeaderMiss: Int] = [:]
    /// The number of baggage members that were dropped because their list exceeds a limit.
    public internal(set) var droppedBaggageMembers = 0

    /// All counts are 0.
    public init() {}

    /// The number of lists that were read.
    public var extractions: Int { traces.values.reduce(withoutTrace, +) }
}

extension HeaderCodecStatistics: CustomStringConvertible {
    /// The counts in one line.
    public var description: String {
        var parts = ["\(extractions) lists read", "\(withoutTrace) without a trace", "\(duplicates) duplicates"]
        if droppedBaggageMembers > 0 { parts.append("\(droppedBaggageMembers) members of baggage dropped") }
        parts += traces.map { "trace from \($0) \($1)" }.sorted()
        parts += misses.map { "\($0) \($1)" }.sorted()
        return parts.joined(separator: "; ")
    }
}

extension HeaderCodecStatistics {
    /// The counts as OpenMetrics text, without the closing `# EOF`.
    ///
    /// - Parameters:
    ///   - prefix: The beginning of the names of the metrics.
    ///   - labels: Further labels in the syntax of the text, as in `topic="frames"`.
    public func openMetrics(prefix: String, labels: String = "") -> String {
        let common = labels.isEmpty ? "" : labels + ","
        let none = labels.isEmpty ? "" : "{\(labels)}"
        var lines = ["# TYPE \(prefix)_header_traces counter"]
        lines += traces.map { "\(prefix)_header_traces_total{\(common)format=\"\($0)\"} \($1)" }.sorted()
        lines.append("\(prefix)_header_traces_total{\(common)format=\"none\"} \(withoutTrace)")
        lines.append("# TYPE \(prefix)_header_duplicates counter")
        lines.append("\(prefix)_header_duplicates_total\(none) \(duplicates)")
        lines.append("# TYPE \(prefix)_header_dropped_members counter")
        lines.append("\(prefix)_header_dropped_members_total\(none) \(droppedBaggageMembers)")
        lines.append("# TYPE \(prefix)_header_misses counter")
        lines += misses.map { miss, count in
            "\(prefix)_header_misses_total{\(common)format=\"\(miss.origin)\",reason=\"\(miss.fault)\"} \(count)"
        }.sorted()
        return lines.joined(separator: "\n") + "\n"
    }
}
