internal import CRDKafka

/// Makes and removes topics, and says what a cluster consists of.
///
///     let admin = try KafkaAdmin(.fromEnvironment())
///     try await admin.createTopics([KafkaTopic(name: "frames", partitions: 8)])
///
/// It is a client of its own: hold one while there is work for it, and let it go. The embedded cluster of
/// KafkaPropagationTesting has no admin calls: topics are made with `EmbeddedKafka.createTopic`.
public final class KafkaAdmin: Sendable {
    private let client: ClientHandle
    private let callbacks = ClientCallbacks()

    /// An admin client of this cluster. Throws librdkafka's words for a property that it does not take.
    public init(_ configuration: KafkaConfiguration) throws(KafkaError) {
        client = try ClientHandle(RD_KAFKA_PRODUCER, configuration.nativeProperties, callbacks: callbacks)
    }

    /// Asks a broker what the cluster consists of.
    ///
    /// - Parameters:
    ///   - topic: The only topic to ask for; nil asks for all.
    ///   - timeout: How long to wait for an answer.
    /// - Throws: ``KafkaError``, at once where the credentials or the certificates are refused.
    public func metadata(
        of topic: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> KafkaMetadata {
        let client = client
        let callbacks = callbacks
        return try await ClientThread.blocking("kafka-metadata") {
            client.metadata(of: topic, timeout: timeout, connection: callbacks.connection) {
                rd_kafka_poll(client.pointer, 0)
            }
        }
    }

    /// Makes topics, and suspends until every broker knows them or the time is over.
    ///
    /// - Parameters:
    ///   - topics: What to make.
    ///   - timeout: How long to wait.
    /// - Throws: The first topic's error; ``KafkaError/Code/topicAlreadyExists`` where one is there. The others are
    ///   made.
    public func createTopics(_ topics: [KafkaTopic], timeout: Duration = .seconds(30)) async throws(KafkaError) {
        if topics.isEmpty { return }
        let request = CreateTopics(topics, timeout)
        try await perform(request, timeout: timeout)
    }

    /// Removes topics and their records.
    ///
    /// - Parameters:
    ///   - names: What to remove.
    ///   - timeout: How long to wait.
    /// - Throws: The first topic's error; ``KafkaError/Code/unknownTopicOrPartition`` where there is none. The others
    ///   are removed.
    public func deleteTopics(_ names: [String], timeout: Duration = .seconds(30)) async throws(KafkaError) {
        if names.isEmpty { return }
        try await perform(DeleteTopics(names, timeout), timeout: timeout)
    }

    private func perform(_ request: some AdminRequest, timeout: Duration) async throws(KafkaError) {
        let client = client
        let callbacks = callbacks
        try await ClientThread.blocking("kafka-admin") {
            request.perform(with: client, callbacks.connection, timeout: timeout)
        }
    }
}
