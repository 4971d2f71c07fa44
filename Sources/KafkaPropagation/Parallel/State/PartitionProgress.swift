/// The state of one partition: its assignment, its finished records, and how many records it has in memory.
package struct PartitionProgress: Sendable {
    /// The stage of an assignment.
    package enum Phase: Sendable {
        /// This member does not have the partition.
        case unassigned
        /// The partition takes in records, and handlers begin with them.
        case active
        /// A record came again, or the log was cut off. The partition takes in nothing until the reader has sought
        /// back.
        case rewinding
        /// The partition is about to go. It takes in nothing and begins no handler; running handlers may finish.
        case revoking
    }

    let topicPartition: KafkaTopicPartition
    var phase = Phase.unassigned
    /// Counts the assignments. A result from an earlier assignment is dropped.
    var generation = 0
    var frontier = OffsetFrontier()
    /// The unfinished records in memory.
    var records = 0
    /// The bytes of those records.
    var bytes = 0
    /// The mean size of the latest records, also of earlier assignments; 0 before the first record.
    var meanBytes = 0
    /// How many of ``records`` a handler has.
    var running = 0
    /// How many of ``records`` have a dead letter that is being sent.
    var leaving = 0
    /// How many of ``records`` wait for their next attempt, or for the next send of their dead letter.
    var waiting = 0
    /// Whether intake waits until half of the partition's share is free.
    var isFull = false
    /// Whether the latest ``ParallelState/room(_:)`` found no memory for a record.
    var isHeldUp = false
    /// The most ``queuedOrRunning`` records while the finished offsets hardly fit the commit's metadata.
    var pendingLimit: Int?
    /// How many records were read and are neither finished nor in memory; see ``ParallelState/setBlockedAside()``.
    var aside = 0
    /// The offset to which the reader must go back because of them. Until then the partition takes in nothing.
    var returnTo: Int?
    /// How often the reader went back.
    var readings = 0
    /// Set while the reader reads records for the second time.
    var secondReading: SecondReading? { didSet { secondReadingEnd = secondReading?.end } }
    /// The ``SecondReading/end`` of ``secondReading``. Each record asks for it; reading it through the optional would
    /// copy this whole value.
    private(set) var secondReadingEnd: Int?
    /// Whether a record was finished that no commit covers yet.
    var isDirty = false
    var isCommitting = false
    /// Whether another commit was wanted while one had no answer.
    var isCommitOverdue = false
    /// Whether a broker did not know the partition; see ``ParallelState/suspect(_:generation:)``.
    var isSuspect = false

    init(_ topicPartition: KafkaTopicPartition) {
        self.topicPartition = topicPartition
    }

    mutating func begin(committed: Int?, finished: [Range<Int>]) {
        end(.active)
        frontier = OffsetFrontier(committed: committed, finished: finished)
    }

    /// Forgets the assignment.
    mutating func end(_ phase: Phase) {
        let (next, mean) = (generation + 1, meanBytes)
        self = PartitionProgress(topicPartition)
        generation = next
        meanBytes = mean
        self.phase = phase
    }

    /// How many of ``records`` wait for a handler or have one. The others wait for a moment or for the broker. That may
    /// take long, and must not hold the partition up.
    var queuedOrRunning: Int { records - waiting - leaving }

    /// Whether no handler runs and no dead letter is being sent.
    var isDrained: Bool { running == 0 && leaving == 0 }

    /// A number of finished ranges beyond the frontier that always fit the commit's metadata.
    static let fewRanges = 64

    /// The most bytes that the commit's metadata needs now.
    var metadataBound: Int {
        guard frontier.finishedRangeCount > Self.fewRanges, let first = frontier.frontier, let end = frontier.end else {
            return 0
        }
        return CommitMetadata.sizeBound(ranges: frontier.finishedRangeCount, span: end - first)
    }
}
