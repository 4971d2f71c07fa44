public import ContextPropagation
internal import Synchronization

/// What a consumer has done, how late and how full it is, at one moment.
public struct KafkaConsumerStatistics: Hashable, Sendable {
    /// librdkafka's name of the client.
    public var client: String
    /// Records that were read.
    public var records: Int
    /// Bytes of their keys and values.
    public var bytes: Int
    /// Records that are read and wait to be taken.
    public var buffered: Int
    /// Records that are being handled: taken, and the next one not asked for.
    public var inHand: Int
    /// Records that were read and dropped because their partition was taken away.
    public var revokedRecords: Int
    /// Times that partitions came or went.
    public var rebalances: Int
    /// Commits that the broker has taken.
    public var commits: Int
    /// Errors that belong to no call.
    public var errors: Int
    /// Events that nobody read in time.
    public var droppedEvents: Int
    /// What the records' headers gave: traces by format, and why others gave none.
    public var headers: HeaderCodecStatistics
    /// Records behind the application's place, by partition; see ``KafkaConsumer/lag()``.
    public var lag: [KafkaTopicPartition: Int]
    /// librdkafka's own statistics as JSON, where the property `statistics.interval.ms` asks for them.
    public var librdkafka: String?

    /// As OpenMetrics text; see [OpenMetrics 1.0](https://prometheus.io/docs/specs/om/open_metrics_spec/).
    public var openMetrics: String {
        var text = OpenMetricsText(labels: [("client", client)])
        text.counter("kafka_consumer_records", "Records that were read", records)
        text.counter("kafka_consumer_bytes", "Bytes of keys and values that were read", bytes)
        text.gauge("kafka_consumer_buffered", "Records that are read and wait to be taken", buffered)
        text.gauge("kafka_consumer_in_hand", "Records that are being handled", inHand)
        text.counter("kafka_consumer_revoked_records", "Records dropped with their partition", revokedRecords)
        text.counter("kafka_consumer_rebalances", "Times that partitions came or went", rebalances)
        text.counter("kafka_consumer_commits", "Commits that the broker has taken", commits)
        text.counter("kafka_consumer_errors", "Errors that belong to no call", errors)
        text.counter("kafka_consumer_dropped_events", "Events that nobody read in time", droppedEvents)
        let lags = lag.sorted { ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition) }.map { lag in
            ([("topic", lag.key.topic), ("partition", lag.key.partition.description)], lag.value)
        }
        text.gauges("kafka_consumer_lag", "Records behind the place of the application", lags)
        text.append(headers.openMetrics(prefix: "kafka_consumer", labels: text.labels))
        return text.finished
    }
}

extension KafkaConsumer {
    /// What the consumer has done so far, how late and how full it is. Reading it costs the consumption nothing.
    public var statistics: KafkaConsumerStatistics {
        let counters = core.callbacks.counters
        let level = core.feed.level
        return KafkaConsumerStatistics(
            client: core.client.name,
            records: counters.records.load(ordering: .relaxed),
            bytes: counters.bytes.load(ordering: .relaxed),
            buffered: level.records,
            inHand: level.inHand,
            revokedRecords: counters.revokedRecords.load(ordering: .relaxed),
            rebalances: counters.rebalances.load(ordering: .relaxed),
            commits: counters.commits.load(ordering: .relaxed),
            errors: counters.errors.load(ordering: .relaxed),
            droppedEvents: counters.droppedEvents.load(ordering: .relaxed),
            headers: counters.headers.statistics,
            lag: (try? core.lag()) ?? [:],
            librdkafka: core.callbacks.nativeStatistics
        )
    }
}
