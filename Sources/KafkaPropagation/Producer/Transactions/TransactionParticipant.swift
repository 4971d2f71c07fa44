/// A part of the application that takes part in a transaction: it has offsets to commit, and it learns the outcome.
protocol TransactionParticipant: AnyObject, Sendable {
    /// The consumer whose offsets the commit of the transaction includes; nil if they were sent already.
    var group: (any ConsumerGroupSource)? { get }

    /// The offsets to commit. Called once, after the place in ``group`` was read, on a thread that may block.
    ///
    /// It throws if one of the partitions was taken away since its records were read, even if it was assigned again.
    func offsets() throws(KafkaError) -> [KafkaTopicPartitionOffset]

    /// The transaction has ended. The next one begins when this returns.
    func ended(_ outcome: KafkaTransactionOutcome) async
}
