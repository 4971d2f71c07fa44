internal import CRDKafka
internal import ContextLog
internal import ContextPropagation

// librdkafka asks the group's coordinator where to begin in a partition. Where the coordinator is on its way to another
// broker it tells the error and never begins with the partition: the consumer would be well by every sign and read
// nothing, until the next rebalance.
extension ConsumerCore {
    /// Whether an error leaves partitions behind that did not begin.
    static func preventsBegin(_ code: rd_kafka_resp_err_t) -> Bool {
        switch code {
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
            true
        default: false
        }
    }

    /// Assigns the partitions anew that have not begun, on the poll thread. One that only had no record yet loses
    /// nothing.
    func restartUnbegun() {
        do throws(KafkaError) {
            let list = PartitionList(try assignment())
            try KafkaError.check(rd_kafka_position(client.pointer, list.pointer))
            let places = list.offsets
            // Those that the application sent somewhere do not ask the coordinator.
            let unbegun = places.filter { place in
                let asked = assignedOffset(of: place.topicPartition) ?? .storedOffset
                return place.offset == nil && asked == .storedOffset && handOver.sought(place.topicPartition) == nil
            }.map { KafkaTopicPartitionOffset(topicPartition: $0.topicPartition, offset: .storedOffset) }
            let isEager = rd_kafka_rebalance_protocol(client.pointer).map { String(cString: $0) } == "EAGER"
            // All or nothing there, as they were asked for: where one has begun, the others only have no record yet.
            if unbegun.isEmpty || (isEager && unbegun.count < places.count) { return }
            try restart(PartitionList(unbegun), isEager)
            ClientLog.consumer.notice("partitions that did not begin are assigned anew") {
                $0.partitions = unbegun.map(\.topicPartition.description)
            }
        } catch {
            callbacks.report(error)
        }
    }

    private func restart(_ partitions: borrowing PartitionList, _ isEager: Bool) throws(KafkaError) {
        if isEager {
            try KafkaError.check(rd_kafka_assign(client.pointer, nil))
        } else if let error = rd_kafka_incremental_unassign(client.pointer, partitions.pointer) {
            throw KafkaError(consuming: error)
        }
        // Nothing tells when they have stopped, and before that their queue cannot be forwarded for good. No rebalance
        // comes in between: this thread is the one that serves it.
        Platform.sleep(milliseconds: 100)
        callbacks.forward(partitions.pointer, of: client.pointer)
        if isEager {
            try KafkaError.check(rd_kafka_assign(client.pointer, partitions.pointer))
        } else if let error = rd_kafka_incremental_assign(client.pointer, partitions.pointer) {
            throw KafkaError(consuming: error)
        }
    }
}
