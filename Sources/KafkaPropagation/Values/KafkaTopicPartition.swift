/// A partition of a topic.
public struct KafkaTopicPartition: Hashable, Sendable {
    /// The name of the topic.
    public var topic: String

    /// The number of the partition.
    public var partition: KafkaPartition

    /// Makes a value for a partition of a topic.
    public init(topic: String, partition: KafkaPartition) {
        self.topic = topic
        self.partition = partition
    }
}

extension KafkaTopicPartition: CustomStringConvertible {
    /// The topic and the number, as in `frames [3]`.
    public var description: String { "\(topic) [\(partition)]" }
}
