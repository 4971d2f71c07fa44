internal import CMALoggerRDKafka

/// librdkafka's queues of a consumer: one for the consumer's events, and one for records or one for each partition's
/// records.
///
/// They are separate for two reasons. Events are served even when no record is wanted, and no record is in a batch
/// while its partition is taken away.
// @unchecked: `events` and `records` are set once, before the poll thread starts. Only the poll thread uses
// `partitions`, and before that thread starts, the initializer of the client. Any thread may use a queue of librdkafka.
final class ConsumerQueues: @unchecked Sendable {
    private(set) var events: OpaquePointer?
    private(set) var records: OpaquePointer?
    /// The queues of the assigned partitions, if each partition has its own. Owned: ``close(_:)`` and ``destroy()``
    /// release them.
    private(set) var partitions: [KafkaTopicPartition: OpaquePointer] = [:]
    let isByPartition: Bool
    private let waker: Waker

    init(isByPartition: Bool, waker: Waker) {
        self.isByPartition = isByPartition
        self.waker = waker
    }

    /// Makes the queues. Call it once, before the poll thread starts.
    func make(_ client: OpaquePointer) throws(KafkaError) {
        guard let events = rd_kafka_queue_get_consumer(client), let records = rd_kafka_queue_new(client) else {
            throw KafkaError(.client, "could not make the consumer's queues; try again later")
        }
        self.events = events
        self.records = records
        for queue in [events, records] { enableWaking(queue) }
    }

    private func enableWaking(_ queue: OpaquePointer) {
        // Unmanaged: this object keeps the waker, and lives until the client, whose queues these are, is destroyed.
        rd_kafka_queue_cb_event_enable(
            queue,
            { _, opaque in
                guard let opaque else { return }
                Unmanaged<Waker>.fromOpaque(opaque)._withUnsafeGuaranteedRef { $0.wake() }
            },
            Unmanaged.passUnretained(waker).toOpaque()
        )
    }

    /// Makes the records of these partitions come to the queue for records, or to a queue for each partition. Repeating
    /// it does no harm.
    ///
    /// librdkafka silently removes the forwarding when it stops reading a partition, which happens some time after an
    /// assignment is replaced. Records that arrive meanwhile are kept, and follow after the next call.
    func forward(_ partitions: [KafkaTopicPartition], of client: OpaquePointer) {
        for partition in partitions {
            if isByPartition {
                if self.partitions[partition] == nil {
                    guard let queue = Self.queue(of: partition, client) else { continue }
                    enableWaking(queue)
                    self.partitions[partition] = queue
                }
                rd_kafka_queue_forward(self.partitions[partition], nil)
            } else if let queue = Self.queue(of: partition, client) {
                rd_kafka_queue_forward(queue, records)
                rd_kafka_queue_destroy(queue)
            }
        }
    }

    private static func queue(of partition: KafkaTopicPartition, _ client: OpaquePointer) -> OpaquePointer? {
        rd_kafka_queue_get_partition(client, partition.topic, partition.partition.native)
    }

    /// Releases the queues of these partitions, which are not read any more.
    func close(_ partitions: [KafkaTopicPartition]) {
        for partition in partitions {
            guard let queue = self.partitions.removeValue(forKey: partition) else { continue }
            Self.release(queue)
        }
    }

    private static func release(_ queue: OpaquePointer) {
        rd_kafka_queue_cb_event_enable(queue, nil, nil)
        rd_kafka_queue_destroy(queue)
    }

    /// Releases the queues. The client is about to be destroyed.
    func destroy() {
        close(Array(partitions.keys))
        for queue in [events, records] {
            if let queue { Self.release(queue) }
        }
        events = nil
        records = nil
    }
}
