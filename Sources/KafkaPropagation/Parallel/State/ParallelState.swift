/// Everything that a parallel consumer knows: its partitions and records, running handlers, waiting records, and the
/// offsets that may be committed.
///
/// The state is a pure value without I/O, locks and clocks. Events come as calls; the caller acts on the returned
/// values outside its lock. These promises hold for every order of the calls:
///
/// - A commit never passes a record that was taken in and is not finished.
/// - Two records with the same key never run at once, and records of one key begin in order. A handler of a lost
///   assignment still blocks its key until it ends.
/// - At most ``ParallelLimits/maxConcurrency`` handlers have begun and not ended.
/// - If the caller takes in no more records than ``room(_:)`` allows, at most twice ``ParallelLimits/records`` and one
///   for each partition are in memory. The second half is for records of lost assignments that have not ended.
package struct ParallelState<Record: ScheduledRecord>: Sendable {
    /// The bounds. Only ``ParallelLimits/metadata`` changes; see ``shortenMetadata(refused:)``.
    package internal(set) var limits: ParallelLimits
    package internal(set) var scheduler: KeyScheduler<Record>
    var retries = RetryQueue()
    var partitions: [PartitionProgress] = []
    private var indexes: [KafkaTopicPartition: Int] = [:]
    /// How many partitions this member has.
    var active = 0 { didSet { share = limits.share(of: active) } }
    /// The part of the memory that each of them may use at any time.
    private(set) var share: (records: Int, bytes: Int)
    /// How many unfinished records of assigned partitions are in memory.
    package internal(set) var held = 0
    /// The bytes of their keys and values.
    package internal(set) var heldBytes = 0
    /// How many records of lost assignments are in memory because their handler, or the send of their dead letter, has
    /// not ended.
    package internal(set) var fenced = 0
    /// The bytes of their keys and values.
    package internal(set) var fencedBytes = 0
    /// Whether a partition found no room because of the others. It may find room when any record leaves.
    var isStarved = false
    /// Whether a partition is full. It may find room when most of the memory is free, even if its own records stay.
    var isCrowded = false
    /// The first of the records of a key that are set aside, by key and partition; see ``setBlockedAside()``.
    var asides: [AsidePlace: Int] = [:]
    /// Whether a partition was found that must be sought back; see ``takeReturns()``.
    var hasReturns = false
    /// Whether ``stop()`` was called. No handler begins any more.
    package private(set) var isStopping = false
    package internal(set) var counts = ParallelCounts()

    package init(_ limits: ParallelLimits) {
        self.limits = limits
        share = limits.share(of: 0)
        scheduler = KeyScheduler(maxConcurrency: limits.maxConcurrency)
    }

    /// How many handlers have begun and not ended.
    package var running: Int { scheduler.running }
    /// How many records a handler may take at once.
    package var ready: Int { scheduler.ready }
    /// When the first waiting record is due.
    package var nextDue: UInt64? { retries.nextDue }

    /// The number that stands for a partition from now on.
    package mutating func index(of topicPartition: KafkaTopicPartition) -> Int {
        if let index = indexes[topicPartition] { return index }
        partitions.append(PartitionProgress(topicPartition))
        indexes[topicPartition] = partitions.count - 1
        return partitions.count - 1
    }

    /// The number that stands for a partition, if it has one.
    func knownIndex(of topicPartition: KafkaTopicPartition) -> Int? { indexes[topicPartition] }

    // MARK: Assignments

    /// Begins an assignment of a partition.
    ///
    /// - Parameters:
    ///   - committed: The group's committed offset; nil if it has none.
    ///   - finished: Offsets beyond it that are finished; see ``CommitMetadata/decode(_:committed:end:)``.
    /// - Returns: The generation of this assignment.
    @discardableResult
    package mutating func assign(
        _ topicPartition: KafkaTopicPartition,
        committed: Int?,
        finished: [Range<Int>] = []
    ) -> Int {
        let index = index(of: topicPartition)
        // A partition that comes again without a revoke is a new assignment too.
        if partitions[index].phase != .unassigned { lose(topicPartition) }
        partitions[index].begin(committed: committed, finished: finished)
        active += 1
        return partitions[index].generation
    }

    /// Prepares the end of an assignment: the partition takes in no record and begins no handler any more. Running
    /// handlers may finish until ``fence(_:)``.
    ///
    /// Other partitions may have room afterwards: ask ``room(_:)`` again.
    package mutating func revoke(_ topicPartition: KafkaTopicPartition) {
        let index = index(of: topicPartition)
        guard partitions[index].phase == .active || partitions[index].phase == .rewinding else { return }
        partitions[index].phase = .revoking
        drop(index)
    }

    /// Whether none of a partition's handlers runs and none of its dead letters is being sent.
    package mutating func isDrained(_ topicPartition: KafkaTopicPartition) -> Bool {
        partitions[index(of: topicPartition)].isDrained
    }

    /// Ends an assignment: later results count for nothing.
    ///
    /// Other partitions may have room afterwards: ask ``room(_:)`` again.
    ///
    /// - Returns: The last commit of the assignment, if there is something to commit.
    package mutating func fence(_ topicPartition: KafkaTopicPartition) -> ParallelCommit? {
        let index = index(of: topicPartition)
        guard partitions[index].phase != .unassigned else { return nil }
        let isWanted = partitions[index].isDirty || partitions[index].isCommitting
        let commit = isWanted && !partitions[index].isSuspect ? self.commit(index) : nil
        end(index, .unassigned)
        return commit
    }

    /// Ends an assignment of a partition that another member may have already: nothing may be committed.
    package mutating func lose(_ topicPartition: KafkaTopicPartition) {
        let index = index(of: topicPartition)
        if partitions[index].phase != .unassigned { end(index, .unassigned) }
    }

    mutating func end(_ index: Int, _ phase: PartitionProgress.Phase) {
        drop(index)
        scheduler.fence(partition: index)
        if !asides.isEmpty { forgetAsides(of: index) }
        // The records that are left are running, or their dead letters are being sent.
        held -= partitions[index].records
        heldBytes -= partitions[index].bytes
        fenced += partitions[index].records
        fencedBytes += partitions[index].bytes
        partitions[index].end(phase)
        if phase == .unassigned { active -= 1 }
    }

    /// Drops the records of a partition that no handler has.
    private mutating func drop(_ index: Int) {
        retries.remove(partition: index)
        partitions[index].waiting = 0
        let dropped = scheduler.drop(partition: index)
        if !asides.isEmpty { forgetAsides(of: index) }
        held -= dropped.records
        heldBytes -= dropped.bytes
        partitions[index].records -= dropped.records
        partitions[index].bytes -= dropped.bytes
        counts.dropped += dropped.records + partitions[index].aside
        partitions[index].aside = 0
    }

    /// Removes a record that is not finished. The committed offset stays at or below it.
    mutating func abandon(_ job: ScheduledJobID, _ index: Int) {
        guard let place = scheduler.index(of: job) else { return }
        release(scheduler.jobs[place].bytes, index)
        remove(job)
        counts.dropped += 1
    }

    /// Counts a record of an assigned partition out.
    mutating func release(_ bytes: Int, _ index: Int) {
        held -= 1
        heldBytes -= bytes
        partitions[index].records -= 1
        partitions[index].bytes -= bytes
    }

    /// Stops taking records in and beginning handlers. Running handlers may finish.
    package mutating func stop() {
        isStopping = true
    }
}
