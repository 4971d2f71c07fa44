/// A partition of a topic.
public struct KafkaTopicPartition: Hashable, Sendable {
    /// The topic's name.
    public var topic: String

    /// Which of its partitions.
    public var partition: KafkaPartition

    /// The partition of this number in this topic.
    public init(topic: String, partition: KafkaPartition) {
        self.topic = topic
        self.partition = partition
    }
}

extension KafkaTopicPartition: CustomStringConvertible {
    /// As librdkafka writes it: `frames [3]`.
    public var description: String { "\(topic) [\(partition)]" }
}
