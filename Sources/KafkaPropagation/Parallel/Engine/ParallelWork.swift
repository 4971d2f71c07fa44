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

    var records: [KafkaRecord] { [first.record] + others.map(\.record) }
}

/// How a handler has ended.
struct ParallelOutcome {
    /// What becomes of a record.
    struct Result {
        let settlement: ParallelSettlement
        /// The error of its handler, if that failed.
        var error: (any Error)?
    }

    let first: ScheduledJobID
    let others: [ScheduledJobID]
    /// In the order of the records; nil if all succeeded.
    let results: [Result]?

    init(_ task: ParallelTask, _ results: [Result]? = nil) {
        first = task.first.id
        others = task.others.isEmpty ? [] : task.others.map(\.id)
        self.results = results
    }
}
