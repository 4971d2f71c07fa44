internal import CRDKafka

/// librdkafka's queues of a consumer: one for the consumer's events, and one for records.
///
/// They are apart so that events are served while no record is wanted, and so that no record is in a batch while its
/// partition is taken away.
// @unchecked: the pointers are set once, before the poll thread starts; librdkafka's queues may be used from any
// thread.
final class ConsumerQueues: @unchecked Sendable {
    private(set) var events: OpaquePointer?
    private(set) var records: OpaquePointer?
    private let waker: Waker

    init(waker: Waker) {
        self.waker = waker
    }

    /// Makes the queues. Call it once, before the poll thread starts.
    func make(_ client: OpaquePointer) throws(KafkaError) {
        guard let events = rd_kafka_queue_get_consumer(client), let records = rd_kafka_queue_new(client) else {
            throw KafkaError(.client, "could not make the consumer's queues; try again later")
        }
        self.events = events
        self.records = records
        // Unmanaged: this object keeps the waker, and lives until the client, whose queues these are, is destroyed.
        let opaque = Unmanaged.passUnretained(waker).toOpaque()
        for queue in [events, records] {
            rd_kafka_queue_cb_event_enable(
                queue,
                { _, opaque in
                    guard let opaque else { return }
                    Unmanaged<Waker>.fromOpaque(opaque)._withUnsafeGuaranteedRef { $0.wake() }
                },
                opaque
            )
        }
    }

    /// Lets the records of these partitions come to the queue for records. Repeating it does no harm.
    ///
    /// librdkafka undoes it when it has stopped to read a partition, which it does some time after an assignment is
    /// replaced, and it tells nobody. Records that came meanwhile are kept, and follow.
    func forward(_ partitions: [KafkaTopicPartition], of client: OpaquePointer) {
        for partition in partitions {
            guard let queue = rd_kafka_queue_get_partition(client, partition.topic, partition.partition.native) else {
                continue
            }
            rd_kafka_queue_forward(queue, records)
            rd_kafka_queue_destroy(queue)
        }
    }

    /// Lets go of the queues. The client is about to be destroyed.
    func destroy() {
        for queue in [events, records] {
            guard let queue else { continue }
            rd_kafka_queue_cb_event_enable(queue, nil, nil)
            rd_kafka_queue_destroy(queue)
        }
        events = nil
        records = nil
    }
}
