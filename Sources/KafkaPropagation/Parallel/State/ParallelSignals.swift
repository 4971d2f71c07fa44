/// Events that the caller must act on after a call.
package struct ParallelSignals: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A partition may take records again: ask ``ParallelState/room(_:)``.
    package static let reopened = ParallelSignals(rawValue: 1)
    /// The finished offsets hardly fit a commit's metadata: commit now.
    package static let commitNow = ParallelSignals(rawValue: 2)
    /// ``ParallelState/nextDue`` is earlier than before.
    package static let dueEarlier = ParallelSignals(rawValue: 4)
    /// The last handler of a partition that is about to go has ended.
    package static let drained = ParallelSignals(rawValue: 8)
    /// A failure ends the consumer.
    package static let stopped = ParallelSignals(rawValue: 16)
}

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
