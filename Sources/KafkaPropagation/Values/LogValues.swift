public import ContextLog

// These conformances make the values of Kafka usable as fields of lines: `log.info("sent") { $0.place = place;
// $0.offset = place.offset }`.

extension KafkaOffset: LogValue {
    /// Writes the number, or the name of a symbolic offset as a text.
    public func write(to field: borrowing LogField) {
        if isAbsolute { rawValue.write(to: field) } else { description.write(to: field) }
    }
}

extension KafkaPartition: LogValue {
    /// Writes the number.
    public func write(to field: borrowing LogField) { rawValue.write(to: field) }
}

extension KafkaTopicPartition: LogValue {
    /// Writes an object with `topic` and `partition`.
    public func write(to field: borrowing LogField) {
        field.object {
            $0.topic = topic
            $0.partition = partition
        }
    }
}

extension KafkaTopicPartitionOffset: LogValue {
    /// Writes an object with `topic`, `partition` and, if there is one, `offset`.
    public func write(to field: borrowing LogField) {
        field.object {
            $0.topic = topic
            $0.partition = partition
            $0.offset = offset
        }
    }
}

extension KafkaTimestamp: LogValue {
    /// Writes the milliseconds since 1970 in UTC.
    public func write(to field: borrowing LogField) { millisecondsSinceEpoch.write(to: field) }
}

extension KafkaError.Code: LogValue {
    /// Writes the name, as in `queueFull`.
    public func write(to field: borrowing LogField) { description.write(to: field) }
}
