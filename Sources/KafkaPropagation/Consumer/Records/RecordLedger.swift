/// The taken records of each partition, and the offset up to which each partition is done. A pure value.
struct RecordLedger: Sendable {
    /// The effect of finishing a record.
    enum Completion: Equatable {
        /// Every record of the partition below this offset is done. `isNew` is false if that was already known.
        case front(KafkaTopicPartitionOffset, isNew: Bool)
        /// An earlier record is not done, or the broker already has this offset, or the record was read before a seek.
        case nothing
        /// The partition is not assigned, or was assigned again since the record was read.
        case notAssigned
    }

    private struct Entry: Sendable {
        let partition: AssignedPartition
        /// The generation that began with the assignment. Later generations begin with seeks.
        let assignment: Int
        var frontier = OffsetFrontier()
        /// The offset below which the application said that every record is done, also those that come later.
        var floor = -1
        /// Whether the ledger tracks the taken records.
        var isTracked = true
        /// The offsets of the first and of the last record that have come.
        var received: (first: Int, last: Int)?
        /// The offset of the first record that was taken.
        var first: Int?
        /// The offset of the last record that was taken.
        var last: Int?
        /// The highest offset that the broker has stored.
        var committed: Int?
        /// The offset to which a seek moved the partition.
        var seekTarget: KafkaOffset?
        /// The offset that librdkafka was told last to commit.
        var stored: Int?
        /// The number of times that the stored offset may have become lower in this assignment.
        var descents = 0
        /// The last descent after which a commit was sent.
        var sentDescents = 0
        /// The last descent after which a commit has succeeded.
        var committedDescents = 0

        /// The offset below which every record is done; nil if no record was taken.
        var front: Int? { frontier.frontier.map { max($0, floor) } }
    }

    /// A stored offset that may be lower than the one that the group has: after a seek, after a second assignment, or
    /// because the application stored a lower one. librdkafka by itself commits no offset that is lower than the last
    /// one that it knows, so such an offset must be sent.
    struct Descent: Equatable {
        let partition: AssignedPartition
        let offset: Int
        /// Its number in this assignment.
        let number: Int

        var place: KafkaTopicPartitionOffset { partition.topicPartition.at(offset) }
    }

    /// The entries, by ``AssignedPartition/index``.
    private var entries: [Entry?] = []
    private var indices: [KafkaTopicPartition: Int] = [:]
    /// The partitions whose offsets went back, and the offsets at which the reader must continue. Until then they take
    /// in no record.
    private(set) var rewinds: [KafkaTopicPartition: Int] = [:]
    /// Whether offsets can be committed. Without a group, nothing is tracked.
    private let isTracking: Bool
    /// The largest number of unfinished records of a partition. Each takes one bit of memory.
    private let limit: Int

    init(isTracking: Bool, limit: Int = 1 << 22) {
        self.isTracking = isTracking
        self.limit = limit
    }

    /// The number of records that were taken and are not done.
    var unfinished: Int { entries.reduce(0) { $0 + ($1?.frontier.pending ?? 0) } }

    mutating func assign(_ partition: AssignedPartition) {
        while entries.count <= partition.index { entries.append(nil) }
        // librdkafka remembers what was committed in an earlier assignment.
        let isAgain = indices.updateValue(partition.index, forKey: partition.topicPartition) != nil
        entries[partition.index] = Entry(
            partition: partition,
            assignment: partition.generation,
            descents: isAgain ? 1 : 0
        )
        rewinds[partition.topicPartition] = nil
    }

    mutating func revoke(_ partition: AssignedPartition) {
        if entries.indices.contains(partition.index) { entries[partition.index] = nil }
        rewinds[partition.topicPartition] = nil
    }

    mutating func restart(_ partition: AssignedPartition, at offset: KafkaOffset?) {
        guard let entry = self[partition.index] else { return }
        entries[partition.index] = Entry(
            partition: partition,
            assignment: entry.assignment,
            seekTarget: offset.flatMap { $0.isAbsolute ? $0 : nil },
            descents: entry.descents + 1,
            sentDescents: entry.sentDescents,
            committedDescents: entry.committedDescents
        )
        rewinds[partition.topicPartition] = nil
    }

    /// Returns the offset after the last record that was taken, or the target of the last seek if no record was taken
    /// since.
    func position(of index: Int) -> KafkaOffset? {
        guard let entry = self[index] else { return nil }
        guard let last = entry.last else { return entry.seekTarget }
        return KafkaOffset(rawValue: Self.offset(after: last))
    }

    /// Notes that records have come, in this order. If an offset does not ascend, the log was cut off or made anew, and
    /// the partition becomes one of the ``rewinds``.
    ///
    /// - Returns: The number of records before that one. The others must be dropped, and come again.
    mutating func receive(_ index: Int, offsets: some Collection<Int>) -> Int {
        guard let entry = self[index] else { return offsets.count }
        if rewinds[entry.partition.topicPartition] != nil { return 0 }
        var received = entry.received
        var count = 0
        for offset in offsets {
            if let received, offset <= received.last {
                rewinds[entry.partition.topicPartition] = min(max(0, offset), next(entry) ?? received.first)
                break
            }
            received = (received?.first ?? offset, offset)
            count += 1
        }
        entries[index]?.received = received
        return count
    }

    /// The offset of the first record that is not done or not taken; nil if no record was taken.
    private func next(_ entry: Entry) -> Int? {
        isTracking ? firstUnfinished(of: entry.partition) : entry.last.map { Self.offset(after: $0) }
    }

    /// Notes that a record was taken.
    ///
    /// - Returns: True once, when the partition has too many unfinished records, and tracking ends. Until the next
    ///   assignment or seek, only offsets that the application computed itself are committed.
    mutating func begin(_ index: Int, offset: Int) -> Bool {
        guard entries.indices.contains(index) else { return false }
        entries[index]?.last = offset
        guard isTracking, entries[index]?.isTracked == true else { return false }
        _ = entries[index]?.frontier.begin(offset)
        if let floor = entries[index]?.floor, offset < floor { entries[index]?.frontier.finish(offset) }
        if entries[index]?.first == nil { entries[index]?.first = offset }
        if entries[index]?.frontier.pending ?? 0 <= limit { return false }
        entries[index]?.isTracked = false
        entries[index]?.frontier = OffsetFrontier()
        return true
    }

    /// Marks a record as done.
    mutating func finish(_ partition: AssignedPartition, offset: Int) -> Completion {
        guard let entry = self[partition.index], partition.generation >= entry.assignment else { return .notAssigned }
        guard partition.generation == entry.partition.generation else { return .nothing }
        let before = entry.front
        entries[partition.index]?.frontier.finish(offset)
        guard let front = entries[partition.index]?.front, let first = entry.first, front > first,
            front > entry.committed ?? -1
        else { return .nothing }
        if front != before { entries[partition.index]?.stored = front }
        return .front(partition.topicPartition.at(front), isNew: front != before)
    }

    /// Marks every record below an offset as done. Returns false if the partition is not assigned.
    mutating func finish(_ partition: AssignedPartition?, below offset: Int) -> Bool {
        guard let partition, let entry = self[partition.index] else { return false }
        // The group may have a higher offset than the first one that is stored.
        if offset < entry.stored ?? .max { entries[partition.index]?.descents += 1 }
        entries[partition.index]?.stored = offset
        finish(partition.index, below: offset)
        return true
    }

    private mutating func finish(_ index: Int, below offset: Int) {
        entries[index]?.floor = offset
        while let front = entries[index]?.frontier.frontier, front < offset,
            entries[index]?.frontier.finish(front) == true
        {}
    }

    /// Notes that the broker has stored the front of a partition, which was sent in this generation.
    mutating func noteCommit(_ partition: AssignedPartition, offset: Int) {
        guard let entry = self[partition.index], entry.partition == partition else { return }
        entries[partition.index]?.committed = max(entry.committed ?? offset, offset)
    }

    /// Notes that the application commits its own offset. The offset at the broker is then unknown.
    mutating func forgetCommit(_ partition: AssignedPartition) {
        if entries.indices.contains(partition.index) { entries[partition.index]?.committed = nil }
    }

    // MARK: Stored offsets

    /// Notes that librdkafka was told to commit a front that is not new.
    mutating func noteStored(_ partition: AssignedPartition, offset: Int) {
        guard let entry = self[partition.index], entry.partition == partition else { return }
        entries[partition.index]?.stored = offset
    }

    /// The stored offsets that may be lower than those of the group, until a commit of them has succeeded.
    var descents: [Descent] {
        entries.compactMap { entry in
            guard let entry, let stored = entry.stored, entry.descents > entry.committedDescents else { return nil }
            return Descent(partition: entry.partition, offset: stored, number: entry.descents)
        }
    }

    /// As ``descents``, without those that were sent, and marks them as sent.
    mutating func takeDescents() -> [Descent] {
        let taken = descents.filter { $0.number > self[$0.partition.index]?.sentDescents ?? 0 }
        for descent in taken { entries[descent.partition.index]?.sentDescents = descent.number }
        return taken
    }

    /// Notes the answer to a commit of these offsets. After a failure they must be sent again.
    mutating func noteAnswer(to descents: [Descent], isCommitted: Bool) {
        for descent in descents {
            let index = descent.partition.index
            guard let entry = self[index], entry.partition == descent.partition else { continue }
            if isCommitted {
                entries[index]?.committedDescents = max(entry.committedDescents, descent.number)
            } else if entry.sentDescents == descent.number {
                entries[index]?.sentDescents = entry.committedDescents
            }
        }
    }

    // MARK: Transactions

    /// How far a partition is done when certain records are done, too.
    enum Front: Equatable {
        /// Every record below this offset is done then.
        case offset(Int)
        /// The record at this offset was taken before them, and is not done.
        case unfinished(Int)
        /// The partition is not assigned, or was assigned or sent elsewhere since.
        case notAssigned
    }

    /// How far a partition is done when these records of one transaction are done. Changes nothing.
    func front(of partition: AssignedPartition, finishing offsets: [Int]) -> Front {
        guard let entry = self[partition.index], entry.partition == partition, let highest = offsets.max() else {
            return .notAssigned
        }
        // The partition has too many records that are not done to keep them: the application has to know.
        if !entry.isTracked { return .offset(Self.offset(after: highest)) }
        var frontier = entry.frontier
        for offset in offsets { frontier.finish(offset) }
        guard let front = frontier.frontier else { return .notAssigned }
        return front > highest ? .offset(front) : .unfinished(front)
    }

    /// The lowest offset of a record that was taken in this generation and is not done; nil if there is none, or if the
    /// partition is not assigned any more.
    func firstUnfinished(of partition: AssignedPartition) -> Int? {
        guard let entry = self[partition.index], entry.partition == partition else { return nil }
        return entry.isTracked ? entry.frontier.frontier : entry.committed ?? entry.first
    }

    /// Notes that a transaction has committed these records.
    ///
    /// - Returns: The offset to store instead of the one that was stored before, which may be lower: the front, if it
    ///   is higher than the one of the transaction; otherwise none. Nil if the partition was taken away, or was
    ///   assigned or sent elsewhere since.
    mutating func noteTransaction(
        _ partition: AssignedPartition,
        finishing offsets: [Int]
    ) -> KafkaTopicPartitionOffset? {
        guard let entry = self[partition.index], entry.partition == partition, let highest = offsets.max() else {
            return nil
        }
        for offset in offsets { entries[partition.index]?.frontier.finish(offset) }
        let committed = Self.offset(after: highest)
        noteCommit(partition, offset: committed)
        // Without tracking, only an offset of the application may be higher.
        let front = entries[partition.index].map { max($0.frontier.frontier ?? -1, $0.floor) } ?? -1
        return store(front > committed ? front : nil, of: partition)
    }

    /// Notes that a transaction has committed this offset of the application.
    ///
    /// - Returns: As ``noteTransaction(_:finishing:)``. No offset is stored any more.
    mutating func noteTransaction(_ partition: AssignedPartition, below offset: Int) -> KafkaTopicPartitionOffset? {
        guard let entry = self[partition.index], entry.partition == partition else { return nil }
        finish(partition.index, below: offset)
        entries[partition.index]?.committed = offset
        return store(nil, of: partition)
    }

    private mutating func store(_ offset: Int?, of partition: AssignedPartition) -> KafkaTopicPartitionOffset {
        entries[partition.index]?.stored = offset
        return KafkaTopicPartitionOffset(
            topicPartition: partition.topicPartition,
            offset: offset.map { KafkaOffset(rawValue: $0) }
        )
    }

    /// The offset after this one. A broker can send a record at the highest number.
    private static func offset(after offset: Int) -> Int { offset < .max ? offset + 1 : offset }

    /// The assigned partitions.
    var assigned: [KafkaTopicPartition] { entries.compactMap { $0?.partition.topicPartition } }

    /// Returns the current generation of a partition, if it is assigned.
    func current(_ partition: KafkaTopicPartition) -> AssignedPartition? {
        indices[partition].flatMap { self[$0]?.partition }
    }

    private subscript(index: Int) -> Entry? { entries.indices.contains(index) ? entries[index] : nil }
}
