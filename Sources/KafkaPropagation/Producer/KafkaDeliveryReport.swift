public import ContextPropagation

/// The outcome of sending a message: its place in a partition, or the error for which it was not delivered.
public struct KafkaDeliveryReport: Sendable {
    /// The topic's name.
    public let topic: String

    /// The partition; ``KafkaPartition/unassigned`` if the message failed before one was chosen.
    public let partition: KafkaPartition

    /// The offset; nil if the message failed, or if the producer asks for no acknowledgements.
    public let offset: KafkaOffset?

    /// The reason for a failure; nil if the message was delivered.
    public let error: KafkaError?

    /// The context that the message carried.
    public let context: LogContext

    /// A report of this content, for tests of code that takes reports.
    ///
    /// - Parameters:
    ///   - topic: The topic's name.
    ///   - partition: The partition.
    ///   - offset: The offset; nil if the message failed.
    ///   - error: The reason for a failure; nil if the message was delivered.
    ///   - context: The context that the message carried.
    public init(
        topic: String,
        partition: KafkaPartition,
        offset: KafkaOffset? = nil,
        error: KafkaError? = nil,
        context: LogContext
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.error = error
        self.context = context
    }

    /// The message's place in its partition.
    public var topicPartitionOffset: KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(topic: topic, partition: partition, offset: offset)
    }

    /// Whether the message was delivered.
    public var isAcknowledged: Bool { error == nil }
}
