public import ContextPropagation

/// What became of a message: where it stands, or why it could not be delivered.
public struct KafkaDeliveryReport: Sendable {
    /// The topic's name.
    public let topic: String

    /// The partition; ``KafkaPartition/unassigned`` where none was chosen before the message failed.
    public let partition: KafkaPartition

    /// The offset; nil where the message failed, or where no acknowledgement was asked for.
    public let offset: KafkaOffset?

    /// Why it could not be delivered; nil where it was.
    public let error: KafkaError?

    /// The context that the message carried.
    public let context: LogContext

    /// The place at which the message stands.
    public var topicPartitionOffset: KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(topic: topic, partition: partition, offset: offset)
    }

    /// Whether the message was delivered.
    public var isAcknowledged: Bool { error == nil }
}
