internal import CRDKafka

extension KafkaConsumer {
    /// Consumes these topics instead, as a member of the group. A topic that begins with `^` is a regular expression.
    public func subscribe(topics: [String]) async throws(KafkaError) {
        try await core.perform { core throws(KafkaError) in try core.subscribe(topics) }
    }

    /// Leaves the group, and consumes nothing until it subscribes again.
    public func unsubscribe() async throws(KafkaError) {
        try await core.perform { core throws(KafkaError) in try core.check(rd_kafka_unsubscribe(core.client.pointer)) }
    }

    /// Consumes these partitions instead, from these places on, whatever other consumers read.
    public func assign(_ partitions: [KafkaTopicPartitionOffset]) async throws(KafkaError) {
        try await core.perform { core throws(KafkaError) in
            let before = try core.assignment()
            try core.assign(partitions)
            _ = core.handOver.drop(before)
        }
    }

    /// The partitions that are consumed here now.
    public var assignment: [KafkaTopicPartition] {
        get throws(KafkaError) {
            if core.isEnded { throw .consumerShutDown }
            return try core.assignment()
        }
    }

    /// Whether the partitions were lost, not handed back: another member may already consume them.
    public var isAssignmentLost: Bool {
        !core.isEnded && rd_kafka_assignment_lost(core.client.pointer) != 0
    }

    /// Asks a broker what the cluster consists of; see ``KafkaProducer/metadata(of:timeout:)``.
    public func metadata(
        of topic: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> KafkaMetadata {
        let core = core
        return try await ClientThread.blocking("kafka-metadata") {
            core.client.metadata(of: topic, timeout: timeout, connection: core.callbacks.connection) {}
        }
    }

    /// Suspends until the task is cancelled or ``triggerGracefulShutdown()`` is called, then does what ``shutdown()`` does.
    ///
    /// Not needed for the consumer to work: it is for programs whose parts are tasks of one group.
    ///
    /// - Throws: The error for which nothing can be read any more, if there was one.
    public func run() async throws(KafkaError) {
        _ = await core.waitUntilStopped()
        await shutdown()
        if let error = core.failure { throw error }
    }

    /// Ends the iteration and returns at once. The consumer stays in its group, so that the last record can still be committed,
    /// until ``run()``, ``shutdown()`` or the end of its scope.
    public func triggerGracefulShutdown() {
        core.stop()
    }

    /// Ends the iteration, waits until the records in the application's hands are done, leaves the group, and suspends until
    /// that is over, also in a task that is cancelled.
    ///
    /// Records that were read ahead are not handled: they come again. Each of the two waits ends after
    /// ``KafkaConsumerConfiguration/shutdownTimeout``.
    public func shutdown() async {
        core.shutDown()
        await core.waitUntilClosed()
    }
}

/// Makes a consumer, lends it to `body`, and shuts it down when `body` is done, whatever came of it.
///
/// - Parameters:
///   - configuration: The consumer's.
///   - body: Runs on the caller's actor.
/// - Throws: What `body` throws.
@discardableResult
public func withConsumer<Success>(
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
