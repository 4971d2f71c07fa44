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

    /// Creates topics, and suspends until every broker knows them.
    ///
    /// - Parameters:
    ///   - topics: The topics to create.
    ///   - timeout: How long to wait.
    /// - Throws: The first error of a topic: ``KafkaError/Code/topicAlreadyExists`` if the topic exists. The call still
    ///   creates the other topics.
    public func createTopics(_ topics: [KafkaTopic], timeout: Duration = .seconds(30)) async throws(KafkaError) {
        if topics.isEmpty { return }
        let request = CreateTopics(topics: topics)
        try await perform(request, timeout: timeout)
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
