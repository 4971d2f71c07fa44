/// The outcome of a record's handler.
package enum ParallelSettlement: Hashable, Sendable {
    case succeeded
    /// The handler failed. It gets the record again at this moment.
    case retry(at: UInt64)
    /// The handler did not run for the record, because an earlier one of its batch failed, or because the consumer
    /// ends. It counts as not begun, so no later record of its lane may have been handled.
    case notHandled
    /// The handler failed, and a dead letter is being sent. Call ``ParallelState/endDeadLetter(_:retryAt:)`` when the
    /// send has ended.
    case deadLetter
    /// The handler failed, and the record counts as finished.
    case skip
    /// The handler failed, and the consumer ends. The record is not finished.
    case stop
}
