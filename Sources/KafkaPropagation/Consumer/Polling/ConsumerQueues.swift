internal import CRDKafka

/// librdkafka's queues of a consumer: one for the consumer's events, and one for records.
///
/// They are separate for two reasons. Events are served even when no record is wanted, and no record is in a batch
/// while its partition is taken away.
// @unchecked: the pointers are set once, before the poll thread starts, and any thread may use a queue of librdkafka.
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
        // Unmanaged: this object keeps the waker, and lives until the client that owns the queues is destroyed.
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

    /// Forwards the records of these partitions to the queue for records. A repeated call does no harm.
    ///
    /// librdkafka silently removes the forwarding when it stops reading a partition, which happens some time after an
    /// assignment is replaced. Records that arrive meanwhile are kept, and follow after the next call.
    func forward(_ partitions: [KafkaTopicPartition], of client: OpaquePointer) {
        for partition in partitions {
            guard let queue = rd_kafka_queue_get_partition(client, partition.topic, partition.partition.native) else {
                continue
            }
            rd_kafka_queue_forward(queue, records)
            rd_kafka_queue_destroy(queue)
        }
    }

    /// Destroys the queues. The client is about to be destroyed.
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
