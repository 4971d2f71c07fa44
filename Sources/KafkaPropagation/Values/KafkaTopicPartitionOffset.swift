/// A partition of a topic, with an offset in it.
public struct KafkaTopicPartitionOffset: Hashable, Sendable {
    /// The partition.
    public var topicPartition: KafkaTopicPartition

    /// The offset. Nil means that there is none, for example for a group that has committed nothing.
    public var offset: KafkaOffset?

    /// The name of the topic.
    public var topic: String { topicPartition.topic }

    /// The number of the partition.
    public var partition: KafkaPartition { topicPartition.partition }

    /// Makes a value for an offset in a partition of `topic`.
    public init(topic: String, partition: KafkaPartition, offset: KafkaOffset?) {
        self.init(topicPartition: KafkaTopicPartition(topic: topic, partition: partition), offset: offset)
    }

    /// Makes a value for an offset in `topicPartition`.
    public init(topicPartition: KafkaTopicPartition, offset: KafkaOffset?) {
        self.topicPartition = topicPartition
        self.offset = offset
    }
}

extension KafkaTopicPartition {
    /// The place of the record with this offset.
    func at(_ offset: Int) -> KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(topicPartition: self, offset: KafkaOffset(rawValue: offset))
    }
}

extension KafkaTopicPartitionOffset: CustomStringConvertible {
    /// The topic, the partition and the offset, as in `frames [3] @ 42`.
    public var description: String { "\(topicPartition) @ \(offset?.description ?? "none")" }
}
