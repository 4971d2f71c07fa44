/// The brokers, topics and partitions of a cluster.
public struct KafkaMetadata: Hashable, Sendable {
    /// A broker of the cluster.
    public struct Broker: Hashable, Sendable {
        /// The number of the broker in the cluster.
        public let id: Int
        /// The host name or address.
        public let host: String
        /// The port.
        public let port: Int
    }

    /// A topic of the cluster.
    public struct Topic: Hashable, Sendable {
        /// The name of the topic.
        public let name: String
        /// The partitions, sorted by number.
        public let partitions: [Partition]
    }

    /// A partition of a topic.
    public struct Partition: Hashable, Sendable {
        /// The number of the partition.
        public let id: KafkaPartition
        /// The number of the broker that leads the partition; nil while there is no leader.
        public let leader: Int?
        /// The numbers of the brokers that store the partition.
        public let replicas: [Int]
        /// The numbers of the brokers whose copy is up to date.
        public let inSyncReplicas: [Int]
    }

    /// The brokers of the cluster.
    public let brokers: [Broker]

    /// All topics, or only the topic that the call named.
    public let topics: [Topic]
}
