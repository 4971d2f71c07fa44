internal import CRDKafka

extension KafkaConsumer {
    /// Reads these topics instead, as a member of the group. A name that begins with `^` is a regular expression.
    public func subscribe(topics: [String]) async throws(KafkaError) {
        try await core.perform { assignment, client throws(KafkaError) in try assignment.subscribe(topics, client) }
    }

    /// Leaves the group, and reads nothing until it subscribes again.
    public func unsubscribe() async throws(KafkaError) {
        try await core.perform { _, client throws(KafkaError) in
            try KafkaError.check(rd_kafka_unsubscribe(client))
        }
    }

    /// The topics to which the consumer is subscribed; empty if it reads partitions by name.
    public func subscribedTopics() throws(KafkaError) -> [String] {
        try core.checkNotEnded()
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        try core.check(rd_kafka_subscription(core.client.pointer, &list))
        guard let list else { return [] }
        return PartitionList(owning: list).offsets.map(\.topic)
    }

    /// Reads these partitions instead, from these places on, whatever other consumers read.
    ///
    /// Records that were read ahead are dropped, also those of partitions that stay. To go on elsewhere in partitions
    /// that are assigned, use ``seek(topicPartitionOffsets:timeout:)``.
    public func assign(_ partitions: [KafkaTopicPartitionOffset]) async throws(KafkaError) {
        try await core.perform { assignment, client throws(KafkaError) in try assignment.assign(partitions, client) }
    }

    /// The partitions that this consumer reads now.
    public var assignment: [KafkaTopicPartition] {
        get throws(KafkaError) {
            try core.checkNotEnded()
            return core.feed.withLedger { $0.assigned }
        }
    }

    /// Whether the partitions were lost, not given back: another member may read them already.
    public var isAssignmentLost: Bool {
        !core.isEnded && rd_kafka_assignment_lost(core.client.pointer) != 0
    }

    /// Asks a broker for the brokers, topics and partitions of the cluster; see
    /// ``KafkaProducer/metadata(of:timeout:)``.
    ///
    /// - Parameters:
    ///   - topic: The only topic to ask for; nil asks for all.
    ///   - timeout: How long the call may take, also while the broker hangs.
    public func metadata(
        of topic: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> KafkaMetadata {
        try await core.loop.blockingCalls.metadata(from: core.client, of: topic, timeout: timeout)
    }

    /// Suspends until the task is cancelled or ``triggerGracefulShutdown()`` is called, then does what ``shutdown()``
    /// does.
    ///
    /// When to use it: in programs whose parts are tasks of one group. The consumer works without it.
    ///
    /// - Throws: The error after which nothing can be read any more, if there was one.
    public func run() async throws(KafkaError) {
        _ = await core.loop.lifecycle.wait(for: .stopped)
        await shutdown()
        if let error = core.feed.failure { throw error }
    }

    /// Ends every iteration and returns at once.
    ///
    /// The consumer stays in its group, so that the last records can still be committed, until ``run()``,
    /// ``shutdown()`` or the end of its scope.
    public func triggerGracefulShutdown() {
        core.loop.stop()
    }

    /// Ends every iteration, waits for the records that are being handled, and leaves the group. It suspends until that
    /// is done, also in a task that is cancelled.
    ///
    /// A record is being handled until its iteration asks for the next one or ends. The wait does not count the record
    /// of an iteration in the calling task, which cannot go on meanwhile. After a second, a log line names the records
    /// that the consumer waits for. This wait and the one for the group each end after
    /// ``KafkaConsumerConfiguration/shutdownTimeout``.
    ///
    /// For records that an iteration has passed on to other tasks, as `fanOut` does, it waits only while the
    /// application stores or commits at least one of them each second. Leave the scope of those tasks before you call
    /// this.
    ///
    /// Records that were read ahead are not handled: they come again.
    public func shutdown() async {
        core.feed.noteCloser(withUnsafeCurrentTask { $0?.hashValue })
        core.loop.shutDown()
        await core.loop.lifecycle.waitUncancellably(for: .closed)
    }
}

/// Makes a consumer, lends it to `body`, and shuts it down when `body` has returned or thrown.
///
/// - Parameters:
///   - configuration: The consumer's configuration.
///   - body: Runs on the caller's actor.
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
