/// The name and settings of a topic that you want to create.
///
///     let topic = KafkaTopic(name: "frames", partitions: 8, configuration: ["retention.ms": "3600000"])
///     try await admin.createTopics([topic])
public struct KafkaTopic: Hashable, Sendable {
    /// The name of the topic.
    public var name: String

    /// The number of partitions.
    public var partitions: Int

    /// The number of brokers that store each partition; nil keeps the cluster's default.
    public var replicationFactor: Int?

    /// The broker's properties for the topic, such as `retention.ms`.
    public var configuration: [String: String]

    /// Describes a topic. Pass it to ``KafkaAdmin/createTopics(_:timeout:)``.
    ///
    /// - Parameters:
    ///   - name: The name of the topic.
    ///   - partitions: The number of partitions.
    ///   - replicationFactor: The number of brokers that store each partition; nil keeps the cluster's default.
    ///   - configuration: The broker's properties for the topic, by name.
    public init(
        name: String,
        partitions: Int = 1,
        replicationFactor: Int? = nil,
        configuration: [String: String] = [:]
    ) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.configuration = configuration
    }
}
