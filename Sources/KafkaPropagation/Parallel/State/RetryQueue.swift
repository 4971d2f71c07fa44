/// Records that wait for a moment: for the next attempt of their handler, or for the next send of their dead letter.
///
/// The queue is a pure value without a clock. Adding and taking cost O(log n).
struct RetryQueue: Sendable {
    /// The action at the moment that a record waits for.
    enum Purpose: Sendable {
        case handle
        case sendDeadLetter
    }

    struct Entry: BinaryHeapElement {
        let due: UInt64
        let job: ScheduledJobID
        let partition: Int
        let purpose: Purpose

        func precedes(_ other: Entry) -> Bool { due < other.due }
    }

    private var heap = BinaryHeap<Entry>()

    var count: Int { heap.elements.count }

    /// When the first entry is due.
    var nextDue: UInt64? { heap.first?.due }

    mutating func add(_ entry: Entry) {
        heap.add(entry)
    }

    /// Takes the first entry out if it is due.
    mutating func popDue(now: UInt64) -> Entry? {
        guard let first = heap.first, first.due <= now else { return nil }
        return heap.popFirst()
    }

    /// Takes out the entries of a partition. O(n).
    mutating func remove(partition: Int) {
        heap.remove { $0.partition == partition }
    }

    /// When a record is due; nil if it does not wait. O(n).
    func due(of job: ScheduledJobID) -> UInt64? {
        heap.elements.first { $0.job == job }?.due
    }
}
