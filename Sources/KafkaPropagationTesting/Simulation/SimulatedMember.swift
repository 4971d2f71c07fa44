internal import KafkaPropagation

/// One process of the simulated group.
struct SimulatedMember {
    struct Handler {
        var jobs: [(id: ScheduledJobID, record: SimulatedRecord)]
    }

    struct Ownership {
        var position: Int
        /// The broker's number of this ownership. The broker refuses commits of any other one.
        let epoch: Int
        /// The state's number of the partition.
        let index: Int
        /// The offsets that were finished before, as the commit says.
        var finished: [Range<Int>]
        var isRevoking = false
    }

    var state: ParallelState<SimulatedRecord>
    var owned: [Int: Ownership] = [:]
    var handlers: [Handler] = []
    var letters: [(id: ScheduledJobID, record: SimulatedRecord)] = []
    /// Commits on their way to the broker.
    var commits: [(commit: ParallelCommit, partition: Int, epoch: Int)] = []

    init(_ limits: ParallelLimits) {
        state = ParallelState(limits)
    }

    var isIdle: Bool { handlers.isEmpty && letters.isEmpty && commits.isEmpty }
}
