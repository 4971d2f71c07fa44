public import ContextPropagation
internal import Synchronization

/// The counters and the fill level of a producer at one moment.
///
/// In a transaction, `delivered` also counts messages of transactions that were aborted later.
///
///     let text = OpenMetrics.text(of: [producer.statistics, consumer.statistics])
public struct KafkaProducerStatistics: Hashable, Sendable {
    /// librdkafka's name of the client.
    public var client: String
    /// The number of messages that were acknowledged.
    public var delivered: Int
    /// The number of messages that were not delivered.
    public var failed: Int
    /// The number of messages that have no report yet.
    public var outstanding: Int
    /// The times from `enqueue` or `send` to the acknowledgement of each acknowledged message.
    public var latency: LatencyHistogram
    /// librdkafka's own statistics as JSON; nil unless the property `statistics.interval.ms` is set.
    public var librdkafka: String?
}

extension KafkaProducerStatistics: OpenMetricsSource {
    /// Adds the numbers, each with the label `client`.
    public func write(to metrics: inout OpenMetrics) {
        metrics.section("kafka_producer_", labels: ["client": client]) { section in
            section.counter("delivered", "Messages that were acknowledged", delivered)
            section.counter("failed", "Messages that could not be delivered", failed)
            section.gauge("outstanding", "Messages that are enqueued or on their way", outstanding)
            section.histogram(
                "latency_seconds",
                "Time from the sending of a message to its acknowledgement",
                latency
            )
        }
    }
}

extension KafkaProducer {
    /// The producer's counters and fill level. Reading them does not slow the sending code down.
    public var statistics: KafkaProducerStatistics {
        KafkaProducerStatistics(
            client: core.client.name,
            delivered: core.callbacks.delivered.load(ordering: .relaxed),
            failed: core.callbacks.failed.load(ordering: .relaxed),
            outstanding: core.outstanding,
            latency: core.callbacks.latency.histogram,
            librdkafka: core.callbacks.nativeStatistics
        )
    }
}
