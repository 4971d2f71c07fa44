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
}

extension KafkaConsumerStatistics: OpenMetricsSource {
    /// Adds the numbers, each with the label `client`.
    public func write(to metrics: inout OpenMetrics) {
        let labels = ["client": client]
        metrics.counter("kafka_consumer_records", help: "Records that were read", records, labels: labels)
        metrics.counter("kafka_consumer_bytes", help: "Bytes of keys and values that were read", bytes, labels: labels)
        metrics.gauge(
            "kafka_consumer_buffered",
            help: "Records that are read and wait to be taken",
            buffered,
            labels: labels
        )
        metrics.gauge("kafka_consumer_in_hand", help: "Records that are being handled", inHand, labels: labels)
        metrics.counter(
            "kafka_consumer_revoked_records",
            help: "Records dropped with their partition",
            revokedRecords,
            labels: labels
        )
        metrics.counter(
            "kafka_consumer_rebalances",
            help: "Times that partitions came or went",
            rebalances,
            labels: labels
        )
        metrics.counter("kafka_consumer_commits", help: "Commits that the broker has taken", commits, labels: labels)
        metrics.counter("kafka_consumer_errors", help: "Errors that belong to no call", errors, labels: labels)
        metrics.counter(
            "kafka_consumer_dropped_events",
            help: "Events that nobody read in time",
            droppedEvents,
            labels: labels
        )
        for (partition, lag) in lag.sorted(by: { ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition) })
        {
            metrics.gauge(
                "kafka_consumer_lag",
                help: "Records behind the place of the application",
                lag,
                labels: ["client": client, "topic": partition.topic, "partition": partition.partition.description]
            )
        }
        headers.write(to: &metrics, prefix: "kafka_consumer_", labels: labels)
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
