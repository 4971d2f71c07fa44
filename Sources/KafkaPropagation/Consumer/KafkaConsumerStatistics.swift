public import ContextPropagation
internal import Synchronization

/// The counters, the lag and the buffer of a consumer at one moment.
public struct KafkaConsumerStatistics: Hashable, Sendable {
    /// The name of the client in librdkafka.
    public var client: String
    /// The number of records that were read.
    public var records: Int
    /// The number of bytes of their keys and values.
    public var bytes: Int
    /// The number of records that were read and wait until the application takes them.
    public var buffered: Int
    /// The number of iterations that have taken a record, or a batch, and have not asked for the next one.
    public var activeIterations: Int
    /// The number of records that were read and then dropped because their partition was taken away.
    public var revokedRecords: Int
    /// The number of rebalances.
    public var rebalances: Int
    /// The number of commits that the broker has stored.
    public var commits: Int
    /// The number of errors that belong to no call.
    public var errors: Int
    /// The number of events that nobody read in time.
    public var droppedEvents: Int
    /// The contexts that the headers of the records contained: the number of traces by format, and the reasons for
    /// records without one. A record counts when its context is first used.
    public var headers: HeaderCodecStatistics
    /// The number of records after the application's position, by partition; see ``KafkaConsumer/lag()``.
    public var lag: [KafkaTopicPartition: Int]
    /// librdkafka's own statistics as JSON. They exist only if the property `statistics.interval.ms` is set.
    public var librdkafka: String?
}

extension KafkaConsumerStatistics: OpenMetricsSource {
    /// Adds the numbers, each with the label `client`.
    public func write(to metrics: inout OpenMetrics) {
        metrics.section("kafka_consumer_", labels: ["client": client]) { section in
            section.counter("records", "Records that were read", records)
            section.counter("bytes", "Bytes of keys and values that were read", bytes)
            section.gauge("buffered", "Records that wait to be taken", buffered)
            section.gauge(
                "active_iterations",
                "Iterations that have taken a record and not asked for the next one",
                activeIterations
            )
            section.counter("revoked_records", "Records that were dropped with their partition", revokedRecords)
            section.counter("rebalances", "Rebalances of the consumer", rebalances)
            section.counter("commits", "Commits that the broker has stored", commits)
            section.counter("errors", "Errors that belong to no call", errors)
            section.counter("dropped_events", "Events that nobody read in time", droppedEvents)
            let lags = lag.sorted { ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition) }
            for (partition, lag) in lags {
                let labels = ["topic": partition.topic, "partition": partition.partition.description]
                section.gauge("lag", "Records after the position of the application", lag, labels)
            }
            section.headers(headers)
        }
    }
}

extension KafkaConsumer {
    /// The counters, the lag and the buffer of the consumer now. Reading them does not slow the consumer down.
    public var statistics: KafkaConsumerStatistics {
        let counters = core.callbacks.counters
        let level = core.feed.level
        return KafkaConsumerStatistics(
            client: core.client.name,
            records: counters.records.load(ordering: .relaxed),
            bytes: counters.bytes.load(ordering: .relaxed),
            buffered: level.records,
            activeIterations: level.activeIterations,
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
