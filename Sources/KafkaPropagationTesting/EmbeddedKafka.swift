internal import CRDKafka
internal import ContextPropagation
public import KafkaPropagation

/// A Kafka cluster inside this process, on ports of the loopback address: librdkafka's own test double.
///
/// For tests, and for trying things out without a broker. Any number of clients can use it at once, those of other processes
/// too, as long as the value is held; it is gone when the last reference is.
///
///     let kafka = try EmbeddedKafka(topics: ["frames": 8])
///     try await withProducer(kafka.producerConfiguration) { producer in
///         try await producer.send(KafkaMessage(topic: "frames", value: "first"))
///     }
///
/// Headers, groups, commits, compression and the idempotent producer are as with a real one. It is a double all the same:
///
/// - the first member joins a new group after 3 s, and two assignors in one group end the process;
/// - each partition keeps 5 MiB, and drops the oldest;
/// - it has no admin calls, no offsets for times, no authentication and no TLS, and its transactions are fake.
///
/// What matters is also run against a real Kafka.
// @unchecked: librdkafka's cluster may be called from any thread; the pointers never change.
public final class EmbeddedKafka: @unchecked Sendable {
    private let host: OpaquePointer
    private let cluster: OpaquePointer

    /// `host:port` of each broker, with commas.
    public let bootstrapServers: String

    /// Starts a cluster.
    ///
    /// - Parameters:
    ///   - brokers: How many; numbered from 1.
    ///   - topics: Names and numbers of partitions. Others are made when they are first used, with four partitions.
    public init(brokers: Int = 1, topics: [String: Int] = [:]) throws(KafkaError) {
        guard (1...100).contains(brokers) else {
            throw KafkaError(.invalidArgument, "\(brokers) is not a number of brokers from 1 to 100")
        }
        let configuration = rd_kafka_conf_new()
        // The host is a client without a broker, and would say so.
        rd_kafka_conf_set(configuration, "log_level", "0", nil, 0)
        guard let host = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nil, 0) else {
            rd_kafka_conf_destroy(configuration)
            throw KafkaError(.client, "the cluster's host client cannot be made")
        }
        guard
            let cluster = rd_kafka_mock_cluster_new(host, Int32(brokers)),
            let bootstrap = rd_kafka_mock_cluster_bootstraps(cluster)
        else {
            rd_kafka_destroy(host)
            throw KafkaError(.client, "the cluster cannot be made: is the loopback address there?")
        }
        self.host = host
        self.cluster = cluster
        bootstrapServers = String(cString: bootstrap)
        for (name, partitions) in topics {
            try createTopic(name, partitions: partitions)
        }
    }

    deinit {
        // Destroying waits for librdkafka's threads, and the last reference may be let go on Swift's pool.
        let parting = Parting(host: host, cluster: cluster)
        if !NamedThread.start("kafka-destroy", { parting.destroy() }) { parting.destroy() }
    }

    // @unchecked: the value is gone; this is the only owner.
    private struct Parting: @unchecked Sendable {
        let host: OpaquePointer
        let cluster: OpaquePointer

        func destroy() {
            // The cluster goes before its host: the reverse aborts the process.
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(host)
        }
    }

    /// Makes a topic.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - partitions: How many.
    ///   - replicationFactor: On how many brokers; at most as many as there are.
    public func createTopic(_ name: String, partitions: Int = 1, replicationFactor: Int = 1) throws(KafkaError) {
        let error = rd_kafka_mock_topic_create(
            cluster,
            name,
            Int32(clamping: partitions),
            Int32(clamping: replicationFactor)
        )
        try check(error, subject: name)
    }

    /// How to reach it.
    public var configuration: KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: bootstrapServers.split(separator: ",").map(String.init))
    }

    /// A producer to it.
    public var producerConfiguration: KafkaProducerConfiguration { KafkaProducerConfiguration(configuration) }

    /// A consumer of it, with times that suit a test: it notices new records and lost members quickly, and begins with the
    /// first record.
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

    private func check(_ error: rd_kafka_resp_err_t, subject: String) throws(KafkaError) {
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        throw KafkaError(.invalidArgument, String(cString: rd_kafka_err2str(error)), subject: subject)
    }
}
