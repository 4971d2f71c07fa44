internal import Synchronization

/// The records of one consumer in one transaction.
final class TransactionRecords: TransactionParticipant {
    let consumer: KafkaConsumer
    /// The offsets, by partition and generation.
    private let records = Mutex<[AssignedPartition: [Int]]>([:])

    var group: (any ConsumerGroupSource)? { consumer }

    init(_ consumer: KafkaConsumer) {
        self.consumer = consumer
    }

    /// Adds all of them, and then throws if a partition was taken away: the others come again after the abort.
    func add(_ added: some Collection<KafkaRecord>) throws(KafkaError) {
        var sources: [AssignedPartition: [Int]] = [:]
        for record in added {
            let (partition, offset) = try consumer.core.source(of: record)
            sources[partition, default: []].append(offset)
        }
        records.withLock { $0.merge(sources) { $0 + $1 } }
        for partition in sources.keys { try consumer.checkCurrent(partition) }
    }

    func offsets() throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        var places: [KafkaTopicPartitionOffset] = []
        for (partition, offsets) in records.withLock({ $0 }) {
            let front = consumer.core.feed.withLedger { $0.front(of: partition, finishing: offsets) }
            switch front {
            case .notAssigned: throw .notAssigned(partition.topicPartition)
            case .unfinished(let offset):
                throw KafkaError(
                    .invalidArgument,
                    "a record before those of the transaction was taken and is not done",
                    subject: "\(partition.topicPartition) @ \(offset)",
                    hint: "Add every record that is taken from the consumer to a transaction, in order"
                )
            case .offset(let offset):
                places.append(partition.topicPartition.at(offset))
            }
        }
        return places
    }

    func ended(_ outcome: KafkaTransactionOutcome) async {
        let records = records.withLock { $0 }
        if outcome == .committed {
            consumer.core.noteTransaction { ledger in
                records.compactMap { ledger.noteTransaction($0, finishing: $1) }
            }
        } else {
            await consumer.goBack(Array(records.keys), isCommitKnown: outcome == .aborted)
        }
    }
}
