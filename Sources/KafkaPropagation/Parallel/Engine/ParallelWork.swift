/// What a ``ParallelConsumer`` does with records.
enum ParallelWork: Sendable {
    case record(@Sendable (KafkaRecord) async throws -> Void)
    case batch(@Sendable (ParallelBatch) async throws -> Void, size: Int)

    var batchSize: Int {
        switch self {
        case .record: 1
        case .batch(_, let size): size
        }
    }
}

/// A record that a handler takes, and its name in the scheduler.
struct ParallelJob {
    let id: ScheduledJobID
    let record: KafkaRecord
}

/// Records that one handler takes.
struct ParallelTask {
    let first: ParallelJob
    /// Empty unless the handler takes batches: then no record costs an array.
    var others: [ParallelJob] = []

    var count: Int { 1 + others.count }

    subscript(index: Int) -> ParallelJob { index == 0 ? first : others[index - 1] }

    var records: [KafkaRecord] { [first.record] + others.map(\.record) }
}

/// How a handler has ended.
struct ParallelOutcome {
    let task: ParallelTask
    /// What becomes of each record; nil if all succeeded.
    let settlements: [ParallelSettlement]?
    let error: (any Error)?
}
