/// A place in a partition of a topic.
public struct KafkaTopicPartitionOffset: Hashable, Sendable {
    /// The partition.
    public var topicPartition: KafkaTopicPartition

    /// The place; nil where there is none, as for a group that has committed nothing.
    public var offset: KafkaOffset?

    /// The topic's name.
    public var topic: String { topicPartition.topic }

    /// Which of the topic's partitions.
    public var partition: KafkaPartition { topicPartition.partition }

    /// The place `offset` in a partition of `topic`.
    public init(topic: String, partition: KafkaPartition, offset: KafkaOffset?) {
        self.init(topicPartition: KafkaTopicPartition(topic: topic, partition: partition), offset: offset)
    }

    /// The place `offset` in `topicPartition`.
    public init(topicPartition: KafkaTopicPartition, offset: KafkaOffset?) {
        self.topicPartition = topicPartition
        self.offset = offset
    }
}

extension KafkaTopicPartitionOffset: CustomStringConvertible {
    /// As in `frames [3] @ 42`.
    public var description: String { "\(topicPartition) @ \(offset?.description ?? "none")" }
}
