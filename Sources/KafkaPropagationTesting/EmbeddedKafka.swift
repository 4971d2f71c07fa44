internal import CMALoggerRDKafka
public import KafkaPropagation

/// A Kafka cluster inside this process, on ports of the loopback address. It is librdkafka's own test double.
///
/// When to use it: in tests, and to try the package without a broker. Any number of clients can use it at the same
/// time, also from other processes. The cluster ends when its last reference is released, so keep a reference while
/// clients use it.
///
///     let kafka = try EmbeddedKafka(topics: ["frames": 8])
///     try await withKafkaProducer(kafka.producerConfiguration) { producer in
///         try await producer.send(KafkaMessage(topic: "frames", value: "first"))
///     }
///
/// Headers, groups, commits, compression and the idempotent producer work as with a real cluster. Other things differ:
///
/// - The first member joins a new group after 3 s. Two assignors in one group abort the process.
/// - Each partition keeps 5 MiB and drops its oldest records.
/// - There are no admin calls, no offsets for times, no authentication and no TLS. Transactions are fake.
///
/// Run the tests that matter against a real Kafka, too.
// @unchecked: librdkafka's cluster may be called from any thread, and the pointers never change.
public final class EmbeddedKafka: @unchecked Sendable {
    private let host: OpaquePointer
    private let cluster: OpaquePointer

    /// The addresses of the brokers, as `host:port`, separated by commas.
    public let bootstrapServers: String

    private let brokers: Int

    /// The largest number of partitions of a topic.
    static let maximumPartitions = 10_000

    /// Starts a cluster.
    ///
    /// - Parameters:
    ///   - brokers: The number of brokers, from 1 to 100. Their numbers start at 1.
    ///   - topics: The names of topics and the number of partitions of each. Every other topic is made when it is first
    ///     used, and has four partitions.
    /// - Throws: `KafkaError` with the code `invalidArgument` for a number that is out of range, or with the code
    ///   `client` if librdkafka cannot make the cluster.
    public init(brokers: Int = 1, topics: [String: Int] = [:]) throws(KafkaError) {
        guard (1...100).contains(brokers) else {
            throw KafkaError(.invalidArgument, "the number of brokers must be from 1 to 100, but is \(brokers)")
        }
        let configuration = rd_kafka_conf_new()
        // The host is a client without a broker. Without this setting it would log that no broker is reachable.
        rd_kafka_conf_set(configuration, "log_level", "0", nil, 0)
        guard let host = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0) else {
            rd_kafka_conf_destroy(configuration)
            throw KafkaError(.client, "librdkafka could not make the cluster's host client; try again later")
        }
        PartingClients.noteClient()
        guard
            let cluster = rd_kafka_mock_cluster_new(host, Int32(brokers)),
            let bootstrap = rd_kafka_mock_cluster_bootstraps(cluster)
        else {
            rd_kafka_destroy(host)
            throw KafkaError(.client, "librdkafka could not make the cluster; check the loopback address")
        }
        self.host = host
        self.cluster = cluster
        self.brokers = brokers
        bootstrapServers = String(cString: bootstrap)
        for (name, partitions) in topics {
            try createTopic(name, partitions: partitions)
        }
    }

    deinit {
        // Destroying blocks until librdkafka's threads have ended, and the last reference may be released on a thread
        // of Swift's cooperative pool.
        let parting = Parting(host: host, cluster: cluster)
        PartingClients.destroy { parting.destroy() }
    }

    // @unchecked: the `EmbeddedKafka` object no longer exists, so this value is the only owner of both pointers.
    private struct Parting: @unchecked Sendable {
        let host: OpaquePointer
        let cluster: OpaquePointer

        func destroy() {
            // The cluster is destroyed first, because librdkafka aborts the process if the host is destroyed before the
            // cluster.
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(host)
        }
    }

    /// Makes a topic.
    ///
    /// - Parameters:
    ///   - name: The name of the topic.
    ///   - partitions: The number of partitions, from 1 to 10,000.
    ///   - replicationFactor: The number of brokers that store each partition, at most the number of brokers of the
    ///     cluster.
    /// - Throws: `KafkaError` with the code `invalidArgument` for a number that is out of range, or for a topic that
    ///   already exists.
    public func createTopic(_ name: String, partitions: Int = 1, replicationFactor: Int = 1) throws(KafkaError) {
        try KafkaError.check(topic: name)
        // librdkafka does not check these numbers. It aborts the process, or makes a topic that it cannot use.
        try require(partitions, in: 1...Self.maximumPartitions, "the number of partitions", subject: name)
        try require(replicationFactor, in: 1...brokers, "the replication factor", subject: name)
        let error = rd_kafka_mock_topic_create(
            cluster,
            name,
            Int32(clamping: partitions),
            Int32(clamping: replicationFactor)
        )
        try check(error, subject: name)
    }

    /// A configuration for clients of this cluster.
    public var configuration: KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: bootstrapServers.split(separator: ",").map(String.init))
    }

    /// A configuration for a producer to this cluster.
    public var producerConfiguration: KafkaProducerConfiguration { KafkaProducerConfiguration(configuration) }

    /// A configuration for a consumer of this cluster, with settings for tests: the consumer notices new records and
    /// lost members quickly, and begins at the first record.
    public func consumerConfiguration(
        _ strategy: KafkaConsumerConfiguration.ConsumptionStrategy
    ) -> KafkaConsumerConfiguration {
        var consumer = KafkaConsumerConfiguration(configuration, strategy)
        consumer.autoOffsetReset = .earliest
        consumer.sessionTimeout = .seconds(4)
        consumer.heartbeatInterval = .milliseconds(100)
        consumer.properties["fetch.wait.max.ms"] = "5"
        return consumer
    }

    func withCluster(_ subject: String, _ body: (OpaquePointer) -> rd_kafka_resp_err_t) throws(KafkaError) {
        try check(body(cluster), subject: subject)
    }

    func withCluster(_ body: (OpaquePointer) -> Void) {
        body(cluster)
    }

    /// Returns the number of the broker for librdkafka. A number without a broker is an error here, because librdkafka
    /// takes -1 as "all brokers".
    func broker(_ number: Int) throws(KafkaError) -> Int32 {
        try require(number, in: 1...brokers, "the number of a broker", subject: nil)
        return Int32(number)
    }

    func require(
        _ number: Int,
        in range: ClosedRange<Int>,
        _ name: String,
        subject: String?
    ) throws(KafkaError) {
        if range.contains(number) { return }
        let bounds = "from \(range.lowerBound) to \(range.upperBound)"
        throw KafkaError(.invalidArgument, "\(name) must be \(bounds), but is \(number)", subject: subject)
    }

    private func check(_ error: rd_kafka_resp_err_t, subject: String) throws(KafkaError) {
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        throw KafkaError(.invalidArgument, String(cString: rd_kafka_err2str(error)), subject: subject)
    }
}
