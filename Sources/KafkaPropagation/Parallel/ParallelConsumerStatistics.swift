public import ContextPropagation
internal import Synchronization

/// Counts, times and fill levels of a ``ParallelConsumer`` at one moment.
///
/// The counts begin with the consumer. Results that come after their partition was taken away appear only in
/// ``lateResults``.
///
///     let statistics = consumer.statistics
///     log.info("consumer") { $0.lag = statistics.lag; $0.running = statistics.running }
///
/// `openMetrics` gives the same numbers as text. Specification:
/// [OpenMetrics 1.0](https://prometheus.io/docs/specs/om/open_metrics_spec/).
public struct ParallelConsumerStatistics: Hashable, Sendable {
    /// The figures of one topic.
    public struct Topic: Hashable, Sendable {
        /// The name of the topic.
        public var name: String
        /// Records whose handler has succeeded.
        public var processed = 0
        /// Attempts that failed.
        public var failed = 0
        /// Attempts that failed and after which the record waits for another one.
        public var retried = 0
        /// Records that count as finished because their dead letter was acknowledged.
        public var deadLettered = 0
        /// Records that count as finished because the retry policy skipped them.
        public var skipped = 0
        /// The times from the reading of a record to the start of its first handler. Each record counts once.
        public var waitTime = LatencyHistogram()
        /// The times that handlers took. Each attempt counts once. In a batch, the time of the batch counts for each
        /// record that was handled.
        public var runTime = LatencyHistogram()
    }

    /// The figures of a partition that is assigned.
    public struct Partition: Hashable, Sendable {
        /// The partition.
        public var topicPartition: KafkaTopicPartition
        /// The offset that is safe to commit; nil if nothing is known yet.
        public var frontier: Int?
        /// The number of offsets from the frontier to the last record that was read: how far the handlers that have
        /// finished are ahead of the oldest unfinished record.
        public var frontierDistance: Int
        /// The number of offsets from the frontier to the end of the partition, as the broker said last; nil if it is
        /// not known.
        public var lag: Int?
        /// Records that were read and are not finished, including those that were set aside because their key fails.
        public var records: Int
        /// The bytes of the keys and values of those that are in memory.
        public var bytes: Int
    }

    /// The name of the client in librdkafka.
    public var client: String
    /// Handlers that have begun and not ended, including those of partitions that were taken away.
    public var running: Int
    /// Records of assigned partitions that wait for a handler, or for an earlier record of their key.
    public var queued: Int
    /// Records that wait for their next attempt, or for the next send of their dead letter.
    public var waiting: Int
    /// Records whose dead letter is being sent.
    public var sendingDeadLetters: Int
    /// By topic, in the order in which the topics came.
    public var topics: [Topic]
    /// The partitions that are assigned.
    public var partitions: [Partition]
    /// Records that were read and not handled because the commit of an earlier owner said that they were finished.
    public var skippedAsFinished: Int
    /// Results that came after their partition had been taken away, and did not count.
    public var lateResults: Int
    /// Records that were read and not finished when their partition was taken away.
    public var droppedRecords: Int
    /// The number of rebalances.
    public var rebalances: Int
    /// Commits that the broker accepted.
    public var commits: Int
    /// Errors that belong to no call.
    public var errors: Int
    /// The contexts that the headers of the records contained. A record counts when its context is first used.
    public var headers: HeaderCodecStatistics

    /// The lag of all partitions of which it is known, at most `Int.max`.
    public var lag: Int { partitions.lazy.compactMap(\.lag).totalLag }
}

extension ParallelConsumerStatistics: OpenMetricsSource {
    /// Adds the numbers, each with the label `client`, and with `topic` and `partition` where they belong to one.
    public func write(to metrics: inout OpenMetrics) {
        metrics.section("kafka_parallel_consumer_", labels: ["client": client]) { section in
            section.gauge("running", "Handlers that run", running)
            section.gauge("queued", "Records that wait for a handler", queued)
            section.gauge("waiting", "Records that wait for their next attempt", waiting)
            section.gauge("sending_dead_letters", "Records whose dead letter is being sent", sendingDeadLetters)
            section.counter("skipped_as_finished", "Records that an earlier owner had finished", skippedAsFinished)
            section.counter("late_results", "Results that came after their partition was taken away", lateResults)
            section.counter("dropped_records", "Records dropped with their partition", droppedRecords)
            section.counter("rebalances", "Times that partitions came or went", rebalances)
            section.counter("commits", "Commits that the broker accepted", commits)
            section.counter("errors", "Errors that belong to no call", errors)
            for topic in topics { topic.write(to: &section) }
            for partition in partitions { partition.write(to: &section) }
            section.headers(headers)
        }
    }
}

extension ParallelConsumerStatistics.Topic {
    fileprivate func write(to section: inout OpenMetrics.Section) {
        let labels = ["topic": name]
        section.counter("processed", "Records whose handler succeeded", processed, labels)
        section.counter("failed", "Attempts that failed", failed, labels)
        section.counter("retried", "Attempts that failed and are followed by another one", retried, labels)
        section.counter("dead_lettered", "Records that were sent to the dead letters", deadLettered, labels)
        section.counter("skipped", "Records that the retry policy skipped", skipped, labels)
        section.histogram("wait_seconds", "Time from the reading of a record to its handler", waitTime, labels)
        section.histogram("run_seconds", "Time of a handler", runTime, labels)
    }
}

extension ParallelConsumerStatistics.Partition {
    fileprivate func write(to section: inout OpenMetrics.Section) {
        let labels = ["topic": topicPartition.topic, "partition": topicPartition.partition.description]
        section.gauge("frontier_distance", "Offsets beyond the oldest unfinished record", frontierDistance, labels)
        section.gauge("records", "Records that were read and are not finished", records, labels)
        section.gauge("bytes", "Bytes of records in memory that are not finished", bytes, labels)
        if let lag { section.gauge("lag", "Records that are not finished in the partition", lag, labels) }
    }
}

extension ParallelConsumer {
    /// The consumer's counts, times and fill levels at this moment. Reading them costs the handlers only a short lock.
    public var statistics: ParallelConsumerStatistics {
        let (views, running, meters, counts) = engine.state.withLock { state in
            (state.parallel.partitionViews, state.parallel.running, state.meters, state.parallel.counts)
        }
        let counters = consumer.callbacks.counters
        return ParallelConsumerStatistics(
            client: consumer.handle.name,
            running: running,
            queued: views.reduce(0) { $0 + $1.records - $1.running - $1.waiting - $1.leaving },
            waiting: views.reduce(0) { $0 + $1.waiting },
            sendingDeadLetters: views.reduce(0) { $0 + $1.leaving },
            topics: meters.topics,
            partitions: views.map { view in
                let end = consumer.isEnded ? nil : consumer.handle.knownEnd(of: view.topicPartition)
                return ParallelConsumerStatistics.Partition(
                    topicPartition: view.topicPartition,
                    frontier: view.frontier,
                    frontierDistance: view.frontier.map { max(0, (view.end ?? $0) - $0) } ?? 0,
                    lag: view.frontier.flatMap { frontier in end.map { max(0, $0 - frontier) } },
                    records: view.records + view.aside,
                    bytes: view.bytes
                )
            },
            skippedAsFinished: counts.skippedAsFinished,
            lateResults: counts.late,
            droppedRecords: counts.dropped,
            rebalances: counters.rebalances.load(ordering: .relaxed),
            commits: counters.commits.load(ordering: .relaxed),
            errors: counters.errors.load(ordering: .relaxed),
            headers: counters.headers.statistics
        )
    }
}
