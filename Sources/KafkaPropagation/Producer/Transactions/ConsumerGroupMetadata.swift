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
