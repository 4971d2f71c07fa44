/// A consumer whose offsets a transaction can commit.
protocol ConsumerGroupSource: Sendable {
    /// Reads the consumer's present place in its group. Called on a thread that may block.
    func groupMetadata() throws(KafkaError) -> ConsumerGroupMetadata

    /// Throws if the consumer may no longer commit one of these offsets. Called after ``groupMetadata()``.
    func check(_ offsets: [KafkaTopicPartitionOffset]) throws(KafkaError)
}
