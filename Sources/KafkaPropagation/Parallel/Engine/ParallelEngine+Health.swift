internal import ContextLog
internal import ContextPropagation
internal import Synchronization

extension ParallelEngine {
    /// The time without a round after which the poll thread hangs, in nanoseconds. A revoke may take its timeouts.
    private var deadAfter: UInt64 { 60_000_000_000 + revokeAllowance }

    /// The time that a revoke may keep the poll thread busy, in nanoseconds.
    var revokeAllowance: UInt64 {
        (options.revokeTimeout + (client?.configuration.commitTimeout ?? .zero)).nanosecondsUpToAYear
    }

    func health(now: UInt64) -> ParallelConsumerHealth {
        let watch = watch.withLock { $0 }
        let client = client
        let (failure, stalled) = state.withLock { state in
            (
                state.failure,
                watch.condition == .stalled
                    ? watch.stalled.compactMap { stalledRecord($0.key, since: $0.value, now, state) } : []
            )
        }
        let hangs = client != nil && MonotonicTime.elapsed(from: watch.lastLook, to: now) > deadAfter
        let connectionError = watch.condition == .disconnected ? client?.callbacks.connection.lastFailure : nil
        return ParallelConsumerHealth(
            condition: client == nil ? .ended : watch.condition,
            duration: MonotonicTime.duration(from: watch.since, to: now),
            error: failure.map { "\($0)" } ?? connectionError?.description,
            stalled: stalled.sorted { left, right in
                let (left, right) = (left.topicPartitionOffset, right.topicPartitionOffset)
                return (left.topic, left.partition) < (right.topic, right.partition)
            },
            isLive: failure == nil && !hangs
        )
    }

    private func stalledRecord(
        _ partition: KafkaTopicPartition,
        since: UInt64,
        _ now: UInt64,
        _ state: State
    ) -> ParallelConsumerHealth.StalledRecord? {
        guard let oldest = state.parallel.oldest(in: partition) else {
            return recordAside(partition, since: since, now, state)
        }
        var blocker: KafkaTopicPartitionOffset?
        var due: UInt64?
        let stage: ParallelConsumerHealth.StalledRecord.Stage
        switch oldest.phase {
        case .queued(let earlier):
            blocker = earlier
            stage = earlier == nil ? .queued : .blocked
        case .running: stage = .running
        case .waiting(let until):
            due = until
            stage = .retrying
        case .deadLetter(let nextSend):
            due = nextSend
            stage = .deadLetter
        case .leftBehind: stage = .leftBehind
        }
        let record = oldest.record.record
        return ParallelConsumerHealth.StalledRecord(
            topicPartitionOffset: record.topicPartitionOffset,
            key: options.keyDisclosure.text(of: oldest.record.orderingKey ?? record.key),
            attempts: oldest.attempts,
            stage: stage,
            blocker: blocker,
            retryDelay: due.map { MonotonicTime.duration(from: now, to: $0) },
            duration: MonotonicTime.duration(from: since, to: now),
            context: record.context
        )
    }

    /// The record that holds a partition up although it is not in memory. Only its offset is known.
    private func recordAside(
        _ partition: KafkaTopicPartition,
        since: UInt64,
        _ now: UInt64,
        _ state: State
    ) -> ParallelConsumerHealth.StalledRecord? {
        guard let view = state.parallel.partitionView(partition), view.aside > 0, let offset = view.frontier else {
            return nil
        }
        return ParallelConsumerHealth.StalledRecord(
            topicPartitionOffset: partition.at(offset),
            key: nil,
            attempts: 0,
            stage: .setAside,
            blocker: nil,
            retryDelay: nil,
            duration: MonotonicTime.duration(from: since, to: now),
            context: LogContext()
        )
    }

    // MARK: The watchdog

    /// Looks whether anything moves, and logs it if nothing does.
    func lookAround() {
        guard let client else { return }
        let now = MonotonicTime.now
        var sight = state.withLock { state in
            let parallel = state.parallel
            return ParallelWatch.Sight(
                hasEnded: state.failure != nil,
                isStopping: parallel.isStopping,
                group: state.groupStage(client),
                partitions: parallel.partitionViews
            )
        }
        sight.isDisconnected = client.callbacks.connection.lastFailure != nil
        if sight.isDisconnected { client.callbacks.probe.ask(client.handle, client.callbacks.connection) }
        look(sight, now: now)
    }

    func look(_ sight: ParallelWatch.Sight, now: UInt64) {
        for report in watch.withLock({ $0.look(sight, now: now) }) { log(report, now) }
    }

    private func log(_ report: ParallelWatch.Report, _ now: UInt64) {
        switch report {
        case .stalled(let partition, let time):
            let record = state.withLock { stalledRecord(partition, since: now - time, now, $0) }
            guard let record else { return }
            housekeeping.withLock { $0.reported[partition] = record }
            withLogContext(Self.context(of: record)) {
                ClientLog.consumer.warning("partition does not move") {
                    record.set(&$0)
                    $0.since_ms = Int(time / 1_000_000)
                }
            }
        case .moves(let partition):
            // In the trace of the record that held the partition up.
            let record = housekeeping.withLock { $0.reported.removeValue(forKey: partition) }
            withLogContext(Self.context(of: record)) {
                ClientLog.consumer.info("partition moves again") {
                    $0.topic = partition.topic
                    $0.partition = partition.partition
                    $0.offset = record?.topicPartitionOffset.offset
                }
            }
        case .lasting(let condition, let time):
            ClientLog.consumer.warning("the consumer handles nothing") {
                $0.condition = condition.description
                $0.since_ms = Int(time / 1_000_000)
                $0.error = client?.callbacks.connection.lastFailure?.description
            }
        }
    }

    /// The context for a line about a record: the record's, if it is known.
    private static func context(of record: ParallelConsumerHealth.StalledRecord?) -> LogContext {
        record.flatMap { $0.stage == .setAside ? nil : $0.context } ?? .current
    }
}

extension ParallelEngine.State {
    /// The stage of the consumer in its group. Read under the lock, so that it fits the partitions: a revoke changes it
    /// before it takes the partitions away.
    func groupStage(_ client: ConsumerClient) -> ConsumerGroupStage {
        starting.isEmpty ? client.callbacks.assignment.group : .joining
    }
}
