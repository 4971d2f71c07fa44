internal import Synchronization

/// What a producer has done and how full it is, at one moment.
public struct KafkaProducerStatistics: Hashable, Sendable {
    /// librdkafka's name of the client.
    public var client: String
    /// Messages that were acknowledged.
    public var delivered: Int
    /// Messages that could not be delivered.
    public var failed: Int
    /// Messages that are enqueued or on their way.
    public var outstanding: Int
    /// How long a recent message took from `enqueue` or `send` to its acknowledgement.
    public var latency: Duration
    /// librdkafka's own statistics as JSON, where the property `statistics.interval.ms` asks for them.
    public var librdkafka: String?

    /// As OpenMetrics text; see [OpenMetrics 1.0](https://prometheus.io/docs/specs/om/open_metrics_spec/).
    public var openMetrics: String {
        var text = OpenMetricsText(labels: [("client", client)])
        text.counter("kafka_producer_delivered", "Messages that were acknowledged", delivered)
        text.counter("kafka_producer_failed", "Messages that could not be delivered", failed)
        text.gauge("kafka_producer_outstanding", "Messages that are enqueued or on their way", outstanding)
        text.gauge("kafka_producer_latency_seconds", "Time of a recent message to its acknowledgement", latency)
        return text.finished
    }
}

extension KafkaProducer {
    /// What the producer has done so far and how full it is. Reading it costs the sending code nothing.
    public var statistics: KafkaProducerStatistics {
        KafkaProducerStatistics(
            client: core.client.name,
            delivered: core.callbacks.delivered.load(ordering: .relaxed),
            failed: core.callbacks.failed.load(ordering: .relaxed),
            outstanding: core.outstanding,
            latency: .microseconds(max(0, core.callbacks.latency.load(ordering: .relaxed))),
            librdkafka: core.callbacks.nativeStatistics
        )
    }
}
