public import ContextLog
internal import ContextPropagation

extension ParallelConsumerHealth: LogValue {
    /// Writes an object with `condition`, `since_ms`, `live`, `ready` and, if there are any, `error` and `stalled`.
    public func write(to field: borrowing LogField) {
        field.object {
            $0.condition = condition.description
            $0.since_ms = duration.wholeMilliseconds
            $0.live = isLive
            $0.ready = isReady
            $0.error = error
            if !stalled.isEmpty { $0.stalled = stalled }
        }
    }
}

extension ParallelConsumerHealth.StalledRecord: LogValue {
    /// Writes an object with `topic`, `partition`, `offset`, `attempt`, `stage`, `since_ms` and, if there are any,
    /// `key`, `blocked_by`, `retry_ms` and the record's `trace_id`.
    public func write(to field: borrowing LogField) {
        field.object {
            set(&$0)
            $0.since_ms = duration.wholeMilliseconds
            $0.trace_id = context.traceID
        }
    }

    /// Sets the fields of the record in an object or a line.
    func set(_ fields: inout LogFields) {
        fields.topic = topicPartitionOffset.topic
        fields.partition = topicPartitionOffset.partition
        fields.offset = topicPartitionOffset.offset
        fields.key = key
        fields.attempt = attempts
        fields.stage = stage.description
        fields.blocked_by = blocker
        fields.retry_ms = retryDelay?.wholeMilliseconds
    }
}
