internal import CMALoggerRDKafka

/// A client that creates and deletes topics, and lists the brokers, topics and partitions of a cluster.
///
///     let admin = try KafkaAdmin(.fromEnvironment())
///     try await admin.createTopics([KafkaTopic(name: "frames", partitions: 8)])
///
/// It has its own connections to the brokers. Keep a reference while you need it, then release it. The embedded cluster
/// of KafkaPropagationTesting has no admin calls. There, create topics with `EmbeddedKafka.createTopic`.
public final class KafkaAdmin: Sendable {
    let client: ClientHandle
    private let blockingCalls: BlockingCalls

    /// Makes an admin client of this cluster, without waiting for a connection.
    ///
    /// - Parameter configuration: The cluster and its connection. Its property `statistics.interval.ms` does not apply.
    /// - Throws: ``KafkaError/Code/configuration`` for the first property that librdkafka or ma-logger
    ///   refuses.
    public init(_ configuration: KafkaConfiguration) throws(KafkaError) {
        let callbacks = ClientCallbacks()
        // Without it, asking for a topic that does not exist would create it.
        var properties = [("allow.auto.create.topics", "false")] + configuration.nativeProperties
        // Nothing polls an idle admin client, so statistics would fill the memory.
        properties.append(("statistics.interval.ms", "0"))
        client = try ClientHandle(RD_KAFKA_PRODUCER, try NativeConfiguration(properties), callbacks: callbacks)
        let shutdownError = KafkaError(.shutdown, "the admin client was shut down")
        blockingCalls = BlockingCalls(connection: callbacks.connection, shutdownError: shutdownError)
    }

    /// Asks a broker for the brokers, topics and partitions of the cluster.
    ///
    /// - Parameters:
    ///   - topic: The only topic to ask for; nil asks for every topic.
    ///   - timeout: How long to wait for an answer.
    /// - Throws: ``KafkaError``. The call throws immediately if a broker refuses the credentials or the certificates
    ///   and no other can be reached.
    public func metadata(
        of topic: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> KafkaMetadata {
        try await blockingCalls.metadata(from: client, of: topic, timeout: timeout, isPolled: false)
    }

    /// Creates topics, and suspends until a broker tells the leaders of their partitions. In a larger cluster, another
    /// broker may learn of them a moment later.
    ///
    /// - Parameters:
    ///   - topics: The topics to create.
    ///   - timeout: How long to wait.
    /// - Throws: The first error of a topic: ``KafkaError/Code/topicAlreadyExists`` if the topic exists. The call still
    ///   creates the other topics, but does not wait for them. If librdkafka refuses the description of one, the call
    ///   creates none. ``KafkaError/Code/timedOut``; its message tells if the topic was created.
    public func createTopics(_ topics: [KafkaTopic], timeout: Duration = .seconds(30)) async throws(KafkaError) {
        if topics.isEmpty { return }
        let deadline = ContinuousClock.now + timeout
        try await perform(CreateTopics(topics: topics), timeout: timeout)
        // The controller answers before the brokers know.
        for topic in topics { try await waitUntilKnown(topic.name, deadline) }
    }

    private func waitUntilKnown(_ topic: String, _ deadline: ContinuousClock.Instant) async throws(KafkaError) {
        while true {
            do throws(KafkaError) {
                let left = ContinuousClock.now.duration(to: deadline)
                let partitions = try await metadata(of: topic, timeout: left).topics.first?.partitions ?? []
                if !partitions.isEmpty, partitions.allSatisfy({ $0.leader != nil }) { return }
            } catch {
                // A client that may create topics need not have the right to ask for them.
                if error.code == .authorization { return }
                let isWaiting = error.code == .unknownTopicOrPartition || error.isAboutLeader
                if !isWaiting, error.code != .timedOut { throw error }
            }
            if .now >= deadline {
                throw KafkaError(
                    .timedOut,
                    "was created, but no broker told the leaders of its partitions in time",
                    subject: topic
                )
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Deletes topics and their records.
    ///
    /// - Parameters:
    ///   - names: The names of the topics to delete.
    ///   - timeout: How long to wait.
    /// - Throws: The first error of a topic: ``KafkaError/Code/unknownTopicOrPartition`` if there is no such topic. The
    ///   call still deletes the other topics.
    public func deleteTopics(_ names: [String], timeout: Duration = .seconds(30)) async throws(KafkaError) {
        if names.isEmpty { return }
        try await perform(DeleteTopics(names: names), timeout: timeout)
    }

    private func perform(_ request: some AdminRequest, timeout: Duration) async throws(KafkaError) {
        let client = client
        let connection = blockingCalls.connection
        try await blockingCalls.run("kafka-admin", timeout: timeout) { () throws(KafkaError) in
            try request.perform(with: client, connection, timeout: timeout)
        }
    }
}
