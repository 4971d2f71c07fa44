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
    /// `key` and the record's `trace_id`.
    public func write(to field: borrowing LogField) {
        field.object {
            $0.topic = place.topic
            $0.partition = place.partition
            $0.offset = place.offset
            $0.key = key
            $0.attempt = attempts
            $0.stage = stage.description
            $0.since_ms = duration.wholeMilliseconds
            $0.trace_id = context.traceID
        }
    }
}
