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
    struct Failure {
        let error: any Error
        /// What becomes of each record of the handler.
        let settlements: [ParallelSettlement]
    }

    let first: ScheduledJobID
    let others: [ScheduledJobID]
    let failure: Failure?

    /// All records succeeded.
    init(_ task: ParallelTask) {
        first = task.first.id
        others = task.others.isEmpty ? [] : task.others.map(\.id)
        failure = nil
    }

    init(_ task: ParallelTask, _ error: any Error, _ settlements: [ParallelSettlement]) {
        first = task.first.id
        others = task.others.map(\.id)
        failure = Failure(error: error, settlements: settlements)
    }
}
