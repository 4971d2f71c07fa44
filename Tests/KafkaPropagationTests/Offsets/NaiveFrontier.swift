/// A slow and simple model of a partition's frontier: sets of offsets.
struct NaiveFrontier {
    private(set) var begun: Set<Int> = []
    private(set) var finished: Set<Int> = []
    private(set) var restored: Set<Int>
    private(set) var next: Int?

    init(committed: Int?, restored: [Range<Int>]) {
        next = committed
        self.restored = Set(restored.joined())
    }

    var pending: Set<Int> { begun.subtracting(finished) }

    mutating func begin(_ offset: Int) {
        begun.insert(offset)
        if restored.contains(offset) { finished.insert(offset) }
        next = offset + 1
    }

    mutating func finish(_ offset: Int) -> Bool {
        guard pending.contains(offset) else { return false }
        finished.insert(offset)
        return true
    }

    mutating func pass(to position: Int) {
        next = max(position, next ?? 0)
    }

    var frontier: Int? {
        if let oldest = pending.min() { return oldest }
        guard var offset = next else { return nil }
        while restored.contains(offset) { offset += 1 }
        return offset
    }

    /// The offsets beyond the frontier that a restart does not have to repeat.
    var finishedBeyond: Set<Int> {
        let next = next ?? 0
        return finished.union(restored.filter { $0 >= next }).filter { $0 >= frontier ?? 0 }
    }
}
