internal import CRDKafka
public import ContextPropagation

/// A record of a topic, with the context in which it is to be handled.
///
///     for try await record in consumer {
///         record.withContext {
///             log.info("frame received") { $0.offset = record.offset.rawValue }
///         }
///     }
///
/// A record can be kept and passed on. It shares memory with the records that were read together with it, up to 1,000,
/// and keeps their client: to keep a few records for long, keep their ``copy()``.
///
/// ``init(topic:partition:offset:key:value:headers:timestamp:timestampType:context:)`` makes a record for a test.
public struct KafkaRecord: Sendable {
    enum Storage: Sendable {
        case read(RecordBatch, Int)
        case made(MadeRecord)
    }

    let storage: Storage

    /// The topic's name.
    public var topic: String { topicPartition.topic }

    /// The partition.
    public var partition: KafkaPartition { topicPartition.partition }

    /// The partition, with its topic.
    public var topicPartition: KafkaTopicPartition {
        switch storage {
        case .read(let batch, let index): batch.partition(at: index).topicPartition
        case .made(let record): record.topicPartition
        }
    }

    /// The offset within the partition.
    public var offset: KafkaOffset {
        switch storage {
        case .read(let batch, let index): KafkaOffset(rawValue: batch.offset(at: index))
        case .made(let record): record.offset
        }
    }

    /// The place of this record.
    public var topicPartitionOffset: KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(topicPartition: topicPartition, offset: offset)
    }

    /// The place after this record: the offset to commit when this record and all before it are done.
    public var nextTopicPartitionOffset: KafkaTopicPartitionOffset {
        let next = offset.rawValue.addingReportingOverflow(1)
        return KafkaTopicPartitionOffset(
            topicPartition: topicPartition,
            offset: KafkaOffset(rawValue: next.overflow ? offset.rawValue : next.partialValue)
        )
    }

    /// The context in which the record is handled: a new span in the sender's trace.
    ///
    /// A record without a trace is in the process's trace, or else in a new one.
    public var context: LogContext {
        switch storage {
        case .read(let batch, let index): batch.slots[index].context
        case .made(let record): record.context
        }
    }

    /// When the record was made or appended; nil if the broker does not say.
    public var timestamp: KafkaTimestamp? { timestampAndType?.timestamp }

    /// Who set the timestamp.
    public var timestampType: KafkaTimestamp.Kind? { timestampAndType?.type }

    private var timestampAndType: (timestamp: KafkaTimestamp, type: KafkaTimestamp.Kind)? {
        switch storage {
        case .read(let batch, let index):
            var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
            let milliseconds = rd_kafka_message_timestamp(batch.slots[index].message, &type)
            guard type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE, milliseconds >= 0 else { return nil }
            return (
                KafkaTimestamp(millisecondsSinceEpoch: milliseconds),
                type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? .logAppendTime : .createTime
            )
        case .made(let record):
            return record.timestamp.map { ($0, record.timestampType) }
        }
    }
}

extension KafkaRecord: ContextCarrying {
    /// The record's context, for `fanOut` and `forEachInContext`.
    public var contextSnapshot: ContextSnapshot { ContextSnapshot(context) }
}
