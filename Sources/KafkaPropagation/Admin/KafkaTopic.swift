/// A topic that is to be made.
///
///     let topic = KafkaTopic(name: "frames", partitions: 8, configuration: ["retention.ms": "3600000"])
///     try await admin.createTopics([topic])
public struct KafkaTopic: Hashable, Sendable {
    /// Its name.
    public var name: String

    /// How many partitions it has.
    public var partitions: Int

    /// On how many brokers each partition lies; nil is the cluster's default.
    public var replicationFactor: Int?

    /// The broker's properties for a topic, by name.
    public var configuration: [String: String]

    /// A topic of these properties.
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
