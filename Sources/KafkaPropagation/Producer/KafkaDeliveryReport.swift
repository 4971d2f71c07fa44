public import ContextPropagation

/// The outcome of sending a message: its place in a partition, or the reason why it was not delivered.
///
/// When to use it: ``KafkaProducer/enqueue(_:onReport:)`` and ``KafkaProducer/deliveryReports`` give reports.
/// ``KafkaProducer/send(_:)`` returns the place or throws the error instead. In a transaction, a message that was
/// delivered is not committed yet.
///
///     try producer.enqueue(message) { report in
///         if let error = report.error { log.error("not delivered", error: error) }
///     }
public struct KafkaDeliveryReport: Sendable {
    /// The topic's name.
    public let topic: String

    /// The partition; ``KafkaPartition/unassigned`` if the message failed before librdkafka chose one.
    public let partition: KafkaPartition

    /// The offset. It is nil if the message failed, or if the producer asks for no acknowledgements.
    public let offset: KafkaOffset?

    /// The reason why the message was not delivered; nil if it was delivered.
    public let error: KafkaError?

    /// The context that the message carried.
    public let context: LogContext

    /// Makes a report, for a test of code that handles reports.
    ///
    /// - Parameters:
    ///   - topic: The topic's name.
    ///   - partition: The partition.
    ///   - offset: The offset; nil if the message failed.
    ///   - error: The reason why the message was not delivered; nil if it was delivered.
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
