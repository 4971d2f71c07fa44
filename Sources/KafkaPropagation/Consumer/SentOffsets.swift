/// The offsets that the application itself commits with a transaction.
final class SentOffsets: TransactionParticipant {
    private let consumer: KafkaConsumer
    /// The partitions, in the generation in which the application named them.
    private let sent: [(partition: AssignedPartition, offset: Int)]

    var group: (any ConsumerGroupSource)? { nil }

    init(_ places: [KafkaTopicPartitionOffset], of consumer: KafkaConsumer) {
        self.consumer = consumer
        sent = consumer.core.feed.withLedger { ledger in
            places.compactMap { place in
                guard let offset = place.offset else { return nil }
                return ledger.current(place.topicPartition).map { ($0, offset.rawValue) }
            }
        }
    }

    func offsets() throws(KafkaError) -> [KafkaTopicPartitionOffset] { [] }

    func ended(_ outcome: KafkaTransactionOutcome) async {
        if outcome != .committed { return }
        consumer.core.noteTransaction { ledger in
            sent.compactMap { ledger.noteTransaction($0.partition, below: $0.offset) }
        }
    }
}
