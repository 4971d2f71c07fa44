/// The handler of a ``ParallelConsumer``: for one record or for a batch.
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
// ~Copyable: all threads count the references to the memory of a record in one place, so no copy may be made unseen.
struct ParallelTask: ~Copyable {
    /// The name of the first record in the scheduler.
    let id: ScheduledJobID
    /// The first record.
    let record: KafkaRecord
    /// Empty unless the handler takes batches: then no record costs an array.
    var others: [ParallelJob] = []

    var records: [KafkaRecord] { [record] + others.map(\.record) }
}

/// The fate of a record whose handler has ended.
struct ParallelResult {
    let settlement: ParallelSettlement
    /// The error of its handler, if that failed.
    var error: (any Error)?
}
