internal import CRDKafka
internal import ContextPropagation
public import KafkaPropagation

/// A Kafka cluster inside this process, on ports of the loopback address. It is librdkafka's own test double.
///
/// Use it in tests, and to try things out without a broker. Any number of clients can use it at the same time, also
/// from other processes. The cluster ends when its last reference is released, so keep a reference while clients use
/// it.
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

    /// Starts a cluster.
    ///
    /// - Parameters:
    ///   - brokers: The number of brokers, from 1 to 100. The brokers have the numbers from 1.
    ///   - topics: The names of topics and the number of partitions of each. Every other topic is made when it is first
    ///     used, with four partitions.
    /// - Throws: ``KafkaError`` with the code `invalidArgument` for an impossible number, and `client` if librdkafka
    ///   cannot make the cluster.
    public init(brokers: Int = 1, topics: [String: Int] = [:]) throws(KafkaError) {
        guard (1...100).contains(brokers) else {
            throw KafkaError(.invalidArgument, "the number of brokers must be from 1 to 100, and is \(brokers)")
        }
        let configuration = rd_kafka_conf_new()
        // The host is a client without a broker, and would log that.
        rd_kafka_conf_set(configuration, "log_level", "0", nil, 0)
        guard let host = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0) else {
            rd_kafka_conf_destroy(configuration)
            throw KafkaError(.client, "librdkafka could not make the cluster's host client; try again later")
        }
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
        // Destroying waits for librdkafka's threads, and a thread of Swift's pool may release the last reference.
        let parting = Parting(host: host, cluster: cluster)
        if !NamedThread.start("kafka-destroy", { parting.destroy() }) { parting.destroy() }
    }

    // @unchecked: the cluster's object has gone, and this value is the only owner of both pointers.
    private struct Parting: @unchecked Sendable {
        let host: OpaquePointer
        let cluster: OpaquePointer

        func destroy() {
            // The cluster first: librdkafka aborts the process if the host is destroyed before the cluster.
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(host)
        }
    }

    /// Makes a topic.
    ///
    /// - Parameters:
    ///   - name: The topic's name.
    ///   - partitions: The number of partitions, from 1 to 10,000.
    ///   - replicationFactor: The number of brokers that have each partition, at most the cluster's.
    /// - Throws: ``KafkaError`` with the code `invalidArgument` for an impossible number and for a topic that is there
    ///   already.
    public func createTopic(_ name: String, partitions: Int = 1, replicationFactor: Int = 1) throws(KafkaError) {
        // librdkafka checks neither: it aborts the process, or makes a topic that it cannot use.
        try require(partitions, in: 1...10_000, "the number of partitions", subject: name)
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

    /// A configuration for a consumer of this cluster. Its times suit a test: the consumer notices new records and lost
    /// members quickly. It begins with the first record.
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

    /// The broker's number as librdkafka takes it. A number of no broker is an error here: librdkafka takes -1 for all.
    func broker(_ number: Int) throws(KafkaError) -> Int32 {
        try require(number, in: 1...brokers, "the number of a broker", subject: nil)
        return Int32(number)
    }

    private func require(
        _ number: Int,
        in range: ClosedRange<Int>,
        _ name: String,
        subject: String?
    ) throws(KafkaError) {
        if range.contains(number) { return }
        let bounds = "from \(range.lowerBound) to \(range.upperBound)"
        throw KafkaError(.invalidArgument, "\(name) must be \(bounds), and is \(number)", subject: subject)
    }

    private func check(_ error: rd_kafka_resp_err_t, subject: String) throws(KafkaError) {
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        throw KafkaError(.invalidArgument, String(cString: rd_kafka_err2str(error)), subject: subject)
    }
}
