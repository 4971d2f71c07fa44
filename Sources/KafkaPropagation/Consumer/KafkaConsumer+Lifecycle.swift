internal import CMALoggerRDKafka
internal import ContextPropagation

extension KafkaConsumer {
    /// Replaces the subscription: the consumer reads these topics as a member of its group. A name that begins with `^`
    /// is a POSIX extended regular expression. It gives up partitions that were assigned by name.
    ///
    /// - Throws: ``KafkaError/Code/invalidArgument`` if `topics` is empty, names a topic twice, or contains a name or a
    ///   pattern that librdkafka refuses; ``KafkaError/Code/configuration`` for a consumer without a group. In both
    ///   cases, the consumer keeps its partitions.
    public func subscribe(topics: [String]) async throws(KafkaError) {
        try core.consumer.checkGroup()
        try await core.consumer.perform { assignment, client throws(KafkaError) in
            try assignment.subscribe(topics, client)
        }
    }

    /// Leaves the group, and gives up partitions that were assigned by name. The consumer reads nothing until it
    /// subscribes again, or until partitions are assigned.
    public func unsubscribe() async throws(KafkaError) {
        try await core.consumer.perform { assignment, client throws(KafkaError) in
            try assignment.unsubscribe(client)
        }
    }

    /// The topics to which the consumer is subscribed; empty if it reads partitions by name.
    public func subscribedTopics() throws(KafkaError) -> [String] {
        try core.consumer.checkNotEnded()
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        try core.consumer.check(rd_kafka_subscription(core.client.pointer, &list))
        guard let list else { return [] }
        return PartitionList(owning: list).offsets.map(\.topic)
    }

    /// Replaces the assignment: the consumer reads these partitions from these offsets on. Other consumers do not
    /// affect it, unless this consumer is subscribed: then the next rebalance of its group ends it.
    ///
    /// Records that were read ahead are dropped, including those of partitions that stay assigned. To move to another
    /// offset in assigned partitions, use ``seek(topicPartitionOffsets:timeout:)``.
    ///
    /// A nil offset means the same as in ``KafkaConsumerConfiguration/ConsumptionStrategy/partitions(_:groupID:)``.
    ///
    /// - Throws: ``KafkaError/Code/invalidArgument`` for a partition that is named twice, or a partition or an offset
    ///   that does not exist; ``KafkaError/Code/configuration`` for a subscribed consumer of a cooperative
    ///   group: call ``unsubscribe()`` first. In these cases, the consumer keeps its partitions.
    public func assign(_ partitions: [KafkaTopicPartitionOffset]) async throws(KafkaError) {
        let consumer = core.consumer
        try await consumer.perform { _, _ throws(KafkaError) in try consumer.assign(partitions) }
    }

    /// The partitions that this consumer reads now.
    public var assignment: [KafkaTopicPartition] {
        get throws(KafkaError) {
            try core.consumer.checkNotEnded()
            return core.feed.withLedger { $0.assigned }
        }
    }

    /// Whether the consumer lost its partitions instead of giving them back. Another member may then read them already.
    public var isAssignmentLost: Bool {
        !core.consumer.isEnded && rd_kafka_assignment_lost(core.client.pointer) != 0
    }

    /// Asks a broker for the brokers, topics and partitions of the cluster; see
    /// ``KafkaProducer/metadata(of:timeout:)``.
    ///
    /// - Parameters:
    ///   - topic: The only topic to ask for; nil asks for every topic.
    ///   - timeout: The longest time that the call takes, even if the broker hangs.
    public func metadata(
        of topic: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> KafkaMetadata {
        try await core.loop.blockingCalls.metadata(from: core.client, of: topic, timeout: timeout)
    }

    /// Suspends until the task is cancelled or ``triggerGracefulShutdown()`` is called. Then it shuts the consumer
    /// down, as ``shutdown()`` does.
    ///
    /// When to use it: in a program whose parts are tasks of one group. The consumer also works without it.
    ///
    /// - Throws: The error that ended the consumer, if there is one.
    public func run() async throws(KafkaError) {
        await withServiceShutdown { [core] in
            core.loop.stop()
        } _: {
            _ = await core.loop.lifecycle.wait(for: .stopped)
            await shutdown()
        }
        if let error = core.feed.failure { throw error }
    }

    /// Ends every iteration and returns immediately.
    ///
    /// The consumer stays in its group until ``run()``, ``shutdown()`` or the end of its scope, so the application can
    /// still commit the last records.
    public func triggerGracefulShutdown() {
        core.loop.stop()
    }

    /// Ends every iteration, waits for the records that are being handled, and leaves the group. It suspends until that
    /// is done, even in a cancelled task.
    ///
    /// A record is being handled until its iteration asks for the next one or ends. The wait ignores the record of an
    /// iteration in the calling task, because that task cannot continue meanwhile. After a second, a log line names the
    /// records that the consumer waits for. This wait and the wait for the group each end after
    /// ``KafkaConsumerConfiguration/shutdownTimeout``.
    ///
    /// An iteration may pass records on to other tasks, as `fanOut` does. For those records, the call waits only while
    /// the application stores or commits at least one of them each second. Leave the scope of those tasks before you
    /// call it.
    ///
    /// Records that were read ahead are not handled. The group reads them again.
    public func shutdown() async {
        core.feed.noteCloser(Platform.currentTask)
        core.loop.shutDown()
        await core.loop.lifecycle.waitUncancellably(for: .closed)
    }
}

/// Makes a consumer, calls `body` with it, and shuts it down when `body` has returned or thrown.
///
/// - Parameters:
///   - configuration: The configuration of the consumer.
///   - body: The code that uses the consumer. It runs on the caller's actor.
/// - Throws: The errors of ``KafkaConsumer/init(_:)``, and every error of `body`.
@discardableResult
public func withKafkaConsumer<Success>(
    _ configuration: KafkaConsumerConfiguration,
    _ body: nonisolated(nonsending) (KafkaConsumer) async throws -> Success
) async throws -> Success {
    let consumer = try KafkaConsumer(configuration)
    do {
        let success = try await body(consumer)
        await consumer.shutdown()
        return success
    } catch {
        await consumer.shutdown()
        throw error
    }
}
