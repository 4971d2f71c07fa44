import KafkaPropagation
import MALogger

/// Ends a consumer that has had nothing to do for a while.
struct IdleExit: Sendable {
    let settings: WorkerSettings
    let connection: KafkaConfiguration

    private static let log = Log("parallel-worker")

    func run(_ consumer: ParallelConsumer) async {
        guard var watch = settings.idleWatch else { return }
        while !Task.isCancelled {
            let statistics = consumer.statistics
            if watch.isOver(IdleWatch.Sight(statistics), at: .now) {
                if await hasReadAll(statistics.partitions) {
                    if statistics.partitions.isEmpty { Self.log.warning("leaving without a partition") }
                    return consumer.triggerGracefulShutdown()
                }
                watch.restart(at: .now)
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Whether everything is handled that these partitions let the consumer read.
    ///
    /// The lag counts to the end of a partition. Under `read_committed`, nothing from the first open transaction on is
    /// read, and only the broker knows where that is.
    private func hasReadAll(_ partitions: [ParallelConsumerStatistics.Partition]) async -> Bool {
        let behind = partitions.filter { ($0.lag ?? 0) > 0 }
        if behind.isEmpty { return true }
        if settings.isolationLevel == .readUncommitted { return false }
        var configuration = KafkaConsumerConfiguration(connection, .partitions([]))
        configuration.isolationLevel = settings.isolationLevel
        let result = try? await withKafkaConsumer(configuration) { consumer in
            for partition in behind {
                let end = try await consumer.watermarks(of: partition.topicPartition).high
                if (partition.frontier ?? 0) < end.rawValue { return false }
            }
            return true
        }
        return result ?? false
    }
}
