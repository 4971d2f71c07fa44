internal import CRDKafka
public import ContextPropagation

/// A record of a topic, with the context in which it is to be handled.
///
///     for try await record in consumer {
///         try await record.withContext {
///             log.info("frame received") { $0.offset = record.offset.rawValue }
///         }
///     }
///
/// It can be kept and passed on. It shares memory with the records that came together with it, and keeps its client: to
/// keep a few for long, keep what they hold instead.
public struct KafkaRecord: Sendable {
    let batch: RecordBatch
    let index: Int

    private var slot: RecordBatch.Slot { batch.slots[index] }

    /// The topic's name.
    public var topic: String { batch.topics[slot.topic] }

    /// The partition.
    public var partition: KafkaPartition { KafkaPartition(rawValue: Int(slot.message.pointee.partition)) }

    /// The offset within the partition.
    public var offset: KafkaOffset { KafkaOffset(rawValue: Int(slot.message.pointee.offset)) }

    /// The partition, with its topic.
    public var topicPartition: KafkaTopicPartition { batch.topicPartition(index) }

    /// The place of this record.
    public var topicPartitionOffset: KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(topicPartition: topicPartition, offset: offset)
    }

    /// The context in which the record is handled: a new span in the sender's trace. A record without a trace is in the
    /// process's, else in a new one.
    public var context: LogContext { slot.context }

    /// When it was made or appended; nil where the broker does not say.
    public var timestamp: KafkaTimestamp? { timestampAndKind?.timestamp }

    /// Who set the timestamp.
    public var timestampKind: KafkaTimestamp.Kind? { timestampAndKind?.kind }

    private var timestampAndKind: (timestamp: KafkaTimestamp, kind: KafkaTimestamp.Kind)? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(slot.message, &type)
        guard type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE, milliseconds >= 0 else { return nil }
        return (
            KafkaTimestamp(millisecondsSinceEpoch: milliseconds),
            type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? .logAppendTime : .createTime
        )
    }

    /// The key, copied; nil for none. ``withKey(_:)`` copies nothing.
    public var key: [UInt8]? { withKey(Self.copied) }

    /// The value, copied; nil is a tombstone, which is not the same as an empty value. ``withValue(_:)`` copies nothing.
    public var value: [UInt8]? { withValue(Self.copied) }

    /// Whether the value is nil: in a compacted topic, what the key stood for is deleted.
    public var isTombstone: Bool { slot.message.pointee.payload == nil }

    /// Lends the key's bytes for the time of `body`; nil for no key.
    public func withKey<Result, Failure: Error>(
        _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Self.lend(slot.message.pointee.key, slot.message.pointee.key_len, body)
    }

    /// Lends the value's bytes for the time of `body`; nil for a tombstone.
    ///
    ///     let size = record.withValue { $0?.count ?? 0 }
    public func withValue<Result, Failure: Error>(
        _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Self.lend(slot.message.pointee.payload, slot.message.pointee.len, body)
    }

    private static func lend<Result, Failure: Error>(
        _ start: UnsafeMutableRawPointer?,
        _ count: Int,
        _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let start else { return try body(nil) }
        let bytes = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
        return try body(bytes.span)
    }

    private static func copied(_ span: Span<UInt8>?) -> [UInt8]? {
        guard let span else { return nil }
        return span.withUnsafeBufferPointer { Array($0) }
    }
}
