internal import CRDKafka
internal import ContextLog

// librdkafka asks the group's coordinator where to begin in a partition. Where the answer is an error that a second try
// would not meet, as while the coordinator is on its way to another broker, it tells the error and never begins with
// the partition: the consumer would be well by every sign and read nothing, until the next rebalance.
extension ConsumerCore {
    /// Assigns the partitions anew that have not begun, on the poll thread. One that only had no record yet loses
    /// nothing.
    func restartUnbegun() {
        do throws(KafkaError) {
            let assigned = try assignment()
            let list = PartitionList(assigned)
            try KafkaError.check(rd_kafka_position(client.pointer, list.pointer))
            let places = list.offsets
            let unbegun = places.filter { $0.offset == nil }.map { restart(at: $0.topicPartition) }
            if unbegun.isEmpty { return }
            if rd_kafka_rebalance_protocol(client.pointer).map({ String(cString: $0) }) == "EAGER" {
                // All or nothing: the others go on behind the last record that came from librdkafka.
                let all = PartitionList(places.filter { $0.offset != nil } + unbegun)
                try KafkaError.check(rd_kafka_assign(client.pointer, all.pointer))
            } else {
                let some = PartitionList(unbegun)
                for error in [
                    rd_kafka_incremental_unassign(client.pointer, some.pointer),
                    rd_kafka_incremental_assign(client.pointer, some.pointer),
                ] {
                    if let error { throw KafkaError(consuming: error) }
                }
            }
            ClientLog.consumer.notice("partitions that did not begin are assigned anew") {
                $0.partitions = unbegun.map(\.topicPartition.description)
            }
        } catch {
            callbacks.report(error)
        }
    }

    private func restart(at partition: KafkaTopicPartition) -> KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(
            topicPartition: partition,
            offset: handOver.sought(partition) ?? assignedOffset(of: partition) ?? .storedOffset
        )
    }
}
