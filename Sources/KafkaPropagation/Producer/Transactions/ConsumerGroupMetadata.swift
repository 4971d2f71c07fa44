internal import CMALoggerRDKafka

/// A consumer's place in its group at one moment: the group, the generation and the member. This value owns it.
///
/// With it, the group's coordinator refuses the offsets of a member that the group has replaced (KIP-447).
struct ConsumerGroupMetadata: ~Copyable {
    let pointer: OpaquePointer

    /// Asks librdkafka's thread for it, and so may block for a moment. Returns nil if the consumer was closed.
    init?(of consumer: ClientHandle) {
        guard let pointer = rd_kafka_consumer_group_metadata(consumer.pointer) else { return nil }
        self.pointer = pointer
    }

    deinit {
        rd_kafka_consumer_group_metadata_destroy(pointer)
    }
}

/// A consumer whose offsets a transaction can commit.
protocol ConsumerGroupSource: Sendable {
    /// Reads the consumer's present place in its group. Called on a thread that may block.
    func groupMetadata() throws(KafkaError) -> ConsumerGroupMetadata

    /// Throws if the consumer may no longer commit one of these offsets. Called after ``groupMetadata()``.
    func check(_ offsets: [KafkaTopicPartitionOffset]) throws(KafkaError)
}

/// A part of the application that takes part in a transaction: it has offsets to commit, and it learns the outcome.
protocol TransactionParticipant: AnyObject, Sendable {
    var group: any ConsumerGroupSource { get }

    /// The offsets to commit. Called once, after the place in ``group`` was read, on a thread that may block.
    ///
    /// It throws if one of the partitions was taken away since its records were read, even if it was assigned again.
    func offsets() throws(KafkaError) -> [KafkaTopicPartitionOffset]

    /// The transaction has ended. The next one begins when this returns.
    func ended(_ outcome: KafkaTransactionOutcome) async
}
