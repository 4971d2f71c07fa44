/// Records that wait for a moment: for the next attempt of their handler, or for the next send of their dead letter.
///
/// The queue is a pure value without a clock. Adding and taking cost O(log n).
struct RetryQueue: Sendable {
    /// The action at the moment that a record waits for.
    enum Purpose: Sendable {
        case handle
        case sendDeadLetter
    }

    struct Entry: Sendable {
        let due: UInt64
        let job: ScheduledJobID
        let partition: Int
        let purpose: Purpose
    }

    /// A binary heap: no entry is due before its parent.
    private var heap: [Entry] = []

    var count: Int { heap.count }

    /// When the first entry is due.
    var nextDue: UInt64? { heap.first?.due }

    mutating func add(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the first entry out if it is due.
    mutating func popDue(now: UInt64) -> Entry? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown(0)
        }
        return first
    }

    /// Takes out the entries of a partition, and returns them. O(n).
    @discardableResult
    mutating func remove(partition: Int) -> [Entry] {
        let removed = heap.filter { $0.partition == partition }
        if removed.isEmpty { return [] }
        heap.removeAll { $0.partition == partition }
        for index in (0..<heap.count / 2).reversed() { siftDown(index) }
        return removed
    }

    /// When a record is due; nil if it does not wait. O(n).
    func due(of job: ScheduledJobID) -> UInt64? {
        heap.first { $0.job == job }?.due
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in 2 * parent + 1...2 * parent + 2
            where child < heap.count && heap[child].due < heap[least].due {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
