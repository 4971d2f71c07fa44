/// The records that a handler may take, in the order in which handlers begin with them.
///
/// Partitions take turns. In a partition, the record with the lowest offset is the first one. So no record waits for
/// later ones, and the offset that may be committed follows closely. A record that is tried again comes after those
/// that were ready before it, however low its offset is: a record that always fails at once must not hold up the rest.
///
/// Most records become ready in the order of their offsets, and are in a list that links them by index: adding and
/// taking cost O(1). A record that becomes ready later than a record with a higher offset, because an earlier record of
/// its key was busy, is in a heap.
struct ReadyRecords: Sendable {
    private(set) var count = 0
    private var partitions: [Partition] = []
    private var firstTurn = ScheduledLane.absent
    private var lastTurn = ScheduledLane.absent

    private struct Partition: Sendable {
        /// The list.
        var head = ScheduledLane.absent
        var tail = ScheduledLane.absent
        var heap = BinaryHeap<Entry>()
        /// The partition that has the next turn.
        var nextTurn = ScheduledLane.absent
        /// The highest rank that was given.
        var highestRank = Int.min

        var isEmpty: Bool { head == ScheduledLane.absent && heap.first == nil }
    }

    private struct Entry: BinaryHeapElement {
        let rank: Int
        let index: Int

        func precedes(_ other: Entry) -> Bool { rank < other.rank }
    }

    /// Adds the record of a job.
    mutating func add(_ index: Int, _ jobs: inout [ScheduledJob]) {
        let partition = jobs[index].partition
        while partitions.count <= partition { partitions.append(Partition()) }
        if partitions[partition].isEmpty { appendTurn(partition) }
        count += 1
        let offset = jobs[index].offset
        let rank = jobs[index].attempts == 0 ? offset : max(offset, partitions[partition].highestRank)
        jobs[index].rank = rank
        partitions[partition].highestRank = max(rank, partitions[partition].highestRank)
        let tail = partitions[partition].tail
        if tail != ScheduledLane.absent, rank < jobs[tail].rank {
            partitions[partition].heap.add(Entry(rank: rank, index: index))
            return
        }
        jobs[index].nextReady = ScheduledLane.absent
        if tail == ScheduledLane.absent { partitions[partition].head = index } else { jobs[tail].nextReady = index }
        partitions[partition].tail = index
    }

    /// Takes the next record out, and returns its index.
    mutating func takeFirst(_ jobs: [ScheduledJob]) -> Int? {
        let partition = firstTurn
        guard partition != ScheduledLane.absent else { return nil }
        count -= 1
        firstTurn = partitions[partition].nextTurn
        if firstTurn == ScheduledLane.absent { lastTurn = ScheduledLane.absent }
        let index = takeFirst(of: partition, jobs)
        if !partitions[partition].isEmpty { appendTurn(partition) }
        return index
    }

    private mutating func takeFirst(of partition: Int, _ jobs: [ScheduledJob]) -> Int {
        let head = partitions[partition].head
        if let first = partitions[partition].heap.first, head == ScheduledLane.absent || first.rank < jobs[head].rank {
            _ = partitions[partition].heap.popFirst()
            return first.index
        }
        let next = jobs[head].nextReady
        partitions[partition].head = next
        if next == ScheduledLane.absent { partitions[partition].tail = ScheduledLane.absent }
        return head
    }

    private mutating func appendTurn(_ partition: Int) {
        partitions[partition].nextTurn = ScheduledLane.absent
        if lastTurn == ScheduledLane.absent { firstTurn = partition } else { partitions[lastTurn].nextTurn = partition }
        lastTurn = partition
    }

    /// Removes a partition's records. O(records of the partition + partitions).
    mutating func removeAll(of partition: Int, _ jobs: [ScheduledJob]) {
        guard partition < partitions.count else { return }
        let isEmpty = partitions[partition].isEmpty
        var index = partitions[partition].head
        while index != ScheduledLane.absent {
            count -= 1
            index = jobs[index].nextReady
        }
        count -= partitions[partition].heap.elements.count
        let nextTurn = partitions[partition].nextTurn
        partitions[partition] = Partition()
        if isEmpty { return }
        partitions[partition].nextTurn = nextTurn
        var turn = firstTurn
        (firstTurn, lastTurn) = (ScheduledLane.absent, ScheduledLane.absent)
        while turn != ScheduledLane.absent {
            let next = partitions[turn].nextTurn
            if turn != partition { appendTurn(turn) }
            turn = next
        }
    }
}
