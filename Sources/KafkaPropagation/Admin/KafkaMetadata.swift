/// What a cluster consists of.
public struct KafkaMetadata: Hashable, Sendable {
    /// A broker of the cluster.
    public struct Broker: Hashable, Sendable {
        /// Its number in the cluster.
        public let id: Int
        /// Its host.
        public let host: String
        /// Its port.
        public let port: Int
    }

    /// A topic of the cluster.
    public struct Topic: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its partitions.
        public let partitions: [Partition]
    }

    /// A partition of a topic.
    public struct Partition: Hashable, Sendable {
        /// Its number.
        public let id: KafkaPartition
        /// The broker that leads it; nil while none does.
        public let leader: Int?
        /// The brokers that hold it.
        public let replicas: [Int]
        /// Those of them that are up to date.
        public let inSyncReplicas: [Int]
    }

    /// The brokers.
    public let brokers: [Broker]

    /// The topics, or the one that was asked for.
    public let topics: [Topic]
}
