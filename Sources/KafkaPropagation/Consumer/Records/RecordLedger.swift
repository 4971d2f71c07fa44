/// The records that were handed out, by partition, and how far each partition is done. A pure value.
struct RecordLedger: Sendable {
    /// What it changes that a record is done.
    enum Completion: Equatable {
        /// Every record of the partition below this offset is done. `isNew` tells whether that was known before.
        case front(KafkaTopicPartitionOffset, isNew: Bool)
        /// An earlier record is not done, or the broker has this offset, or the record was read before a seek.
        case nothing
        /// The partition is not assigned, or was assigned anew since the record was read.
        case notAssigned
    }

    private struct Entry: Sendable {
        let partition: AssignedPartition
        /// The generation that the assignment began. Later ones come from seeks.
        let assignment: Int
        var frontier = OffsetFrontier()
        /// Whether records that are handed out are kept.
        var isTracked = true
        /// The offset of the first record that was handed out.
        var first: Int?
        /// The highest offset that the broker has taken.
        var committed: Int?
        /// Where a seek has sent the partition.
        var seekTarget: KafkaOffset?
    }

    /// By ``AssignedPartition/index``.
    private var entries: [Entry?] = []
    private var indices: [KafkaTopicPartition: Int] = [:]
    /// Whether offsets can be committed. Without a group nothing is kept.
    private let isTracking: Bool
    /// How many records of a partition may be unfinished at most: one bit of memory each.
    private let limit: Int

    init(isTracking: Bool, limit: Int = 1 << 22) {
        self.isTracking = isTracking
        self.limit = limit
    }

    /// How many records were handed out and are not done.
    var unfinished: Int { entries.reduce(0) { $0 + ($1?.frontier.pending ?? 0) } }

    mutating func assign(_ partition: AssignedPartition) {
        while entries.count <= partition.index { entries.append(nil) }
        entries[partition.index] = Entry(partition: partition, assignment: partition.generation)
        indices[partition.topicPartition] = partition.index
    }

    mutating func revoke(_ partition: AssignedPartition) {
        if entries.indices.contains(partition.index) { entries[partition.index] = nil }
    }

    mutating func restart(_ partition: AssignedPartition, at offset: KafkaOffset?) {
        guard let entry = self[partition.index] else { return }
        let target = offset.flatMap { $0.isAbsolute ? $0 : nil }
        entries[partition.index] = Entry(partition: partition, assignment: entry.assignment, seekTarget: target)
    }

    /// Where a seek has sent the partition.
    func seekTarget(of index: Int) -> KafkaOffset? { self[index]?.seekTarget }

    /// A record is handed out.
    ///
    /// - Returns: True once, when the partition has so many records that are not done that it keeps no more of them.
    ///   Until the next assignment or seek, only offsets of the application's own are committed.
    mutating func begin(_ index: Int, offset: Int) -> Bool {
        guard isTracking, entries.indices.contains(index), entries[index]?.isTracked == true else { return false }
        _ = entries[index]?.frontier.begin(offset)
        if entries[index]?.first == nil { entries[index]?.first = offset }
        if entries[index]?.frontier.pending ?? 0 <= limit { return false }
        entries[index]?.isTracked = false
        entries[index]?.frontier = OffsetFrontier()
        return true
    }

    /// A record is done.
    mutating func finish(_ partition: AssignedPartition, offset: Int) -> Completion {
        guard let entry = self[partition.index], partition.generation >= entry.assignment else { return .notAssigned }
        guard partition.generation == entry.partition.generation else { return .nothing }
        let before = entry.frontier.frontier
        entries[partition.index]?.frontier.finish(offset)
        guard let front = entries[partition.index]?.frontier.frontier, let first = entry.first, front > first,
            front > entry.committed ?? -1
        else { return .nothing }
        return .front(
            KafkaTopicPartitionOffset(topicPartition: partition.topicPartition, offset: KafkaOffset(rawValue: front)),
            isNew: front != before
        )
    }

    /// The application says itself how far a partition is done. Returns false if the partition is not assigned.
    mutating func finish(_ partition: AssignedPartition?, below offset: Int) -> Bool {
        guard let partition, self[partition.index] != nil else { return false }
        while let front = entries[partition.index]?.frontier.frontier, front < offset,
            entries[partition.index]?.frontier.finish(front) == true
        {}
        return true
    }

    /// The broker has taken the front of a partition, which was sent in this generation.
    mutating func noteCommit(_ partition: AssignedPartition, offset: Int) {
        guard let entry = self[partition.index], entry.partition == partition else { return }
        entries[partition.index]?.committed = max(entry.committed ?? offset, offset)
    }

    /// The application commits an offset of its own: the broker's one is not known any more.
    mutating func forgetCommit(_ partition: AssignedPartition) {
        if entries.indices.contains(partition.index) { entries[partition.index]?.committed = nil }
    }

    /// The partitions that are assigned.
    var assigned: [KafkaTopicPartition] { entries.compactMap { $0?.partition.topicPartition } }

    /// The present generation of a partition, if it is assigned.
    func current(_ partition: KafkaTopicPartition) -> AssignedPartition? {
        indices[partition].flatMap { self[$0]?.partition }
    }

    private subscript(index: Int) -> Entry? { entries.indices.contains(index) ? entries[index] : nil }
}
