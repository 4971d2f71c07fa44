/// A record as the scheduler of a ``ParallelConsumer`` keeps it.
struct ParallelRecord: ScheduledRecord {
    var record: KafkaRecord
    /// The bytes that order it, if they are not the record's key.
    let orderingKey: [UInt8]?
    /// When it was read; see `MonotonicTime`.
    let received: UInt64

    func hasSameKey(as other: ParallelRecord) -> Bool {
        if orderingKey != nil || other.orderingKey != nil { return orderingKey == other.orderingKey }
        guard record.topic == other.record.topic else { return false }
        return record.withKey { left in
            other.record.withKey { right in
                guard let left, let right, left.count == right.count else { return false }
                for index in left.indices where left[index] != right[index] { return false }
                return true
            }
        }
    }
}
