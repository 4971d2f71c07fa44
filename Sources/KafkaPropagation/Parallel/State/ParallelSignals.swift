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
