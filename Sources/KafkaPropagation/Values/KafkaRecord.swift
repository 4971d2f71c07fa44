public import ContextPropagation

/// A record of a topic, with the context in which to handle it.
///
///     for try await record in consumer {
///         record.withContext {
///             log.info("frame received") { $0.offset = record.offset.rawValue }
///         }
///     }
///
/// You can store a record and pass it on. It shares blocks of memory with up to 1,000 records that were read together
/// with it, and it keeps their client alive. To store a few records for a long time, store their ``copy()``.
///
/// To make a record for a test, use an initializer that takes the key and the value.
public struct KafkaRecord: Sendable {
    enum Storage: Sendable {
        case read(RecordBatch, Int)
        case made(MadeRecord)
    }

    let storage: Storage

    /// Which attempt to handle the record this is, from 1. A ``ParallelConsumer`` counts the attempts that it makes
    /// while it has the record's partition. Other consumers deliver each record once.
    public internal(set) var attempt = 1

    init(storage: Storage) {
        self.storage = storage
    }

    /// The name of the topic.
    public var topic: String { topicPartition.topic }

    /// The partition.
    public var partition: KafkaPartition { topicPartition.partition }

    /// The partition together with its topic.
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

    /// The partition and offset of this record.
    public var topicPartitionOffset: KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(topicPartition: topicPartition, offset: offset)
    }

    /// The offset after this record. Commit it when this record and all records before it are done.
    public var nextTopicPartitionOffset: KafkaTopicPartitionOffset {
        let next = offset.rawValue.addingReportingOverflow(1)
        return topicPartition.at(next.overflow ? offset.rawValue : next.partialValue)
    }

    /// The context in which to handle the record: a new span in the sender's trace.
    ///
    /// A record without a trace gets the trace of the process, or a new trace if the process has none.
    public var context: LogContext {
        switch storage {
        case .read(let batch, let index): batch.context(at: index)
        case .made(let record): record.context
        }
    }

    /// The time at which the record was made or appended; nil if the broker does not report it.
    public var timestamp: KafkaTimestamp? { timestampAndType?.timestamp }

    /// The side that set the timestamp; nil if there is no timestamp.
    public var timestampType: KafkaTimestamp.Kind? { timestampAndType?.type }

    private var timestampAndType: (timestamp: KafkaTimestamp, type: KafkaTimestamp.Kind)? {
        switch storage {
        case .read(let batch, let index):
            return batch.slots[index].timestamp.map {
                (KafkaTimestamp(millisecondsSinceEpoch: $0), batch.slots[index].timestampType)
            }
        case .made(let record):
            return record.timestamp.map { ($0, record.timestampType) }
        }
    }
}

extension KafkaRecord: ContextCarrying {
    /// The record's context, for `fanOut` and `forEachInContext`.
    public var contextSnapshot: ContextSnapshot { ContextSnapshot(context) }
}
