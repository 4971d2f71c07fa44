/// One iteration over a consumer's records. It stores the record that it returned last, until the next one is
/// requested.
// @unchecked: only the lock of its feed protects `place`.
final class RecordIteration: @unchecked Sendable {
    struct Held {
        /// Nil if the iteration holds no record.
        var batch: RecordBatch?
        /// The index of the record, or of the first record, in the batch.
        var index = 0
        /// When it was taken; see `MonotonicTime`.
        var since: UInt64 = 0
        /// The task that took the record; nil outside of tasks.
        var task: UInt64?
    }

    let feed: RecordFeed
    /// A property of the class would cost a check for exclusive access with each record.
    private let place = UnsafeMutablePointer<Held>.allocate(capacity: 1)

    init(_ feed: RecordFeed) {
        self.feed = feed
        place.initialize(to: Held())
        feed.add(self)
    }

    deinit {
        feed.remove(self)
        place.deinitialize(count: 1)
        place.deallocate()
    }

    // MARK: Under the feed's lock

    var held: Held { place.pointee }

    var isHolding: Bool { place.pointee.batch != nil }

    /// It costs no reference count while the records belong to the same batch.
    func hold(_ batch: RecordBatch, _ index: Int, since: UInt64, task: UInt64?) {
        if place.pointee.batch !== batch { place.pointee.batch = batch }
        place.pointee.index = index
        place.pointee.since = since
        place.pointee.task = task
    }

    /// Returns whether the iteration held a record.
    func putBack() -> Bool {
        place.pointee.batch.take() != nil
    }
}
