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

    /// Holds a record. It costs no reference count while the records belong to the same batch.
    ///
    /// - Returns: The batch that the iteration held before, if it is another one. Release it after the lock: that frees
    ///   the contexts of all of its records, and the poll thread would wait for it.
    func hold(_ batch: RecordBatch, _ index: Int, since: UInt64, task: UInt64?) -> RecordBatch? {
        var spent: RecordBatch?
        if place.pointee.batch !== batch {
            spent = place.pointee.batch
            place.pointee.batch = batch
        }
        place.pointee.index = index
        place.pointee.since = since
        place.pointee.task = task
        return spent
    }

    /// Ends the holding of a record. Returns its batch, which is to be released after the lock; nil if the iteration
    /// held no record.
    func putBack() -> RecordBatch? {
        place.pointee.batch.take()
    }
}
