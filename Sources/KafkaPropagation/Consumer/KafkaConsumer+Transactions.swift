internal import CMALoggerRDKafka
internal import ContextLog
internal import ContextPropagation
internal import Dispatch

extension KafkaConsumer: ConsumerGroupSource {
    /// Throws if transactions cannot commit offsets of this consumer.
    func checkTransactions() throws(KafkaError) {
        try core.consumer.checkNotEnded()
        guard let group = core.configuration.groupID else { throw .noGroup }
        guard try core.configuration.commitsByItself else { return }
        throw KafkaError(
            .configuration,
            "the consumer of group \(group) also commits stored offsets by itself, outside the transactions",
            subject: "commitPolicy",
            hint: "Set commitPolicy to .manual"
        )
    }

    func groupMetadata() throws(KafkaError) -> ConsumerGroupMetadata {
        try core.consumer.checkNotEnded()
        guard let metadata = ConsumerGroupMetadata(of: core.client) else { throw .consumerShutDown }
        return metadata
    }

    func check(_ offsets: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        try core.consumer.checkNotEnded()
        for place in offsets where core.feed.withLedger({ $0.current(place.topicPartition) }) == nil {
            throw .notAssigned(place.topicPartition)
        }
    }

    /// Throws if a partition was taken away, or was assigned or sent elsewhere since this generation.
    func checkCurrent(_ partition: AssignedPartition) throws(KafkaError) {
        try core.consumer.checkNotEnded()
        if core.feed.withLedger({ $0.current(partition.topicPartition) }) != partition {
            throw .notAssigned(partition.topicPartition)
        }
    }

    private struct Target {
        let partition: AssignedPartition
        let offset: KafkaOffset
    }

    /// Sends partitions back to the first record that is not done, if they are still assigned in this generation, so
    /// that the records of a transaction come again. Cancellation does not end it.
    ///
    /// - Parameters:
    ///   - partitions: The partitions of the transaction.
    ///   - isCommitKnown: Whether nothing was committed. If that is not known, the consumer continues
    ///     at the offsets that the group has committed.
    func goBack(_ partitions: [AssignedPartition], isCommitKnown: Bool) async {
        var targets: [Target] = []
        for partition in partitions {
            guard let offset = core.feed.withLedger({ $0.firstUnfinished(of: partition) }) else { continue }
            targets.append(Target(partition: partition, offset: KafkaOffset(rawValue: offset)))
        }
        var isKnown = isCommitKnown
        while !targets.isEmpty, !core.consumer.isEnded {
            do throws(KafkaError) {
                if !isKnown {
                    targets = try await committedTargets(targets)
                    isKnown = true
                }
                targets = try await seek(targets)
                if targets.isEmpty { return }
            } catch {
                if error.code == .shutdown { return }
                ClientLog.consumer.warning(
                    "going back to the records of a transaction failed, trying again",
                    error: error
                )
            }
            await Self.pause(milliseconds: 20)
        }
    }

    /// Sends partitions to their targets. Returns those that are not ready.
    private func seek(_ targets: [Target]) async throws(KafkaError) -> [Target] {
        try await core.consumer.perform { assignment, client throws(KafkaError) in
            let places = targets.compactMap { target in
                assignment.table[target.partition.topicPartition] == target.partition
                    ? KafkaTopicPartitionOffset(topicPartition: target.partition.topicPartition, offset: target.offset)
                    : nil
            }
            if places.isEmpty { return [] }
            let waiting = Set(try assignment.seek(places, client).map(\.topicPartition))
            return targets.filter { waiting.contains($0.partition.topicPartition) }
        }
    }

    /// The targets at the offsets that the group has committed. Waits for the outcome of open transactions.
    private func committedTargets(_ targets: [Target]) async throws(KafkaError) -> [Target] {
        let partitions = targets.map(\.partition.topicPartition)
        let places = try await committed(topicPartitions: partitions)
        return targets.map { target in
            let place = places.first { $0.topicPartition == target.partition.topicPartition }
            return Target(partition: target.partition, offset: place?.offset ?? target.offset)
        }
    }

    /// Unlike `Task.sleep`, it also waits in a task that is cancelled.
    private static func pause(milliseconds: Int) async {
        let over = Promise<Void>()
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { @Sendable in
            over.resolve(())
        }
        await over.value
    }
}
