/// The counts of ``HeaderCodecCounters`` at one moment: the lists of headers that were read, the origins of their
/// traces, and the reasons why headers could not be used.
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

extension HeaderCodecStatistics: OpenMetricsSource {
    /// Adds the counts without a prefix and without further labels; see ``write(to:prefix:labels:)``.
    public func write(to metrics: inout OpenMetrics) {
        write(to: &metrics, prefix: "", labels: [:])
    }

    /// Adds the counts.
    ///
    /// - Parameters:
    ///   - metrics: The metrics to add to.
    ///   - prefix: The beginning of the names of the metrics, as in `kafka_consumer_`.
    ///   - labels: Further labels, by name.
    public func write(to metrics: inout OpenMetrics, prefix: String, labels: [String: String]) {
        let formats = traces.map { ("\($0.key)", $0.value) }.sorted { $0.0 < $1.0 } + [("none", withoutTrace)]
        for (format, count) in formats {
            metrics.counter(
                "\(prefix)header_traces",
                help: "Lists of headers that were read, by the format of the trace",
                count,
                labels: labels.merging(["format": format]) { $1 }
            )
        }
        metrics.counter(
            "\(prefix)header_duplicates",
            help: "Headers that repeat a name in a format that allows it only once",
            duplicates,
            labels: labels
        )
        metrics.counter(
            "\(prefix)header_dropped_members",
            help: "Members of baggage that were dropped because of the limits",
            droppedBaggageMembers,
            labels: labels
        )
        for (miss, count) in misses.sorted(by: { $0.key.description < $1.key.description }) {
            metrics.counter(
                "\(prefix)header_misses",
                help: "Headers that could not be used",
                count,
                labels: labels.merging(["format": "\(miss.origin)", "reason": "\(miss.fault)"]) { $1 }
            )
        }
    }
}
