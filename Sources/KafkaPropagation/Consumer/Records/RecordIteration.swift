/// One iteration over a consumer's records. It stores the record that it returned last, until the next one is
/// requested.
// @unchecked: only the lock of its feed protects `held`.
final class RecordIteration: @unchecked Sendable {
    struct Held {
        let partition: AssignedPartition
        let offset: Int
        let since: ContinuousClock.Instant
        /// The task that took the record; nil outside of tasks.
        let task: UInt64?
    }

    fileprivate(set) var held: Held?
    private let feed: RecordFeed

    init(_ feed: RecordFeed) {
        self.feed = feed
        feed.add(self)
    }

    deinit {
        feed.remove(self)
    }

    /// Changes `held`. Call it under the feed's lock.
    func hold(_ held: Held?) {
        self.held = held
    }
}
