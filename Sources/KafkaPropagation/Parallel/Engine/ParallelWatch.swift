/// Notices when nothing moves. A pure value: the poll loop tells it once a second what it sees.
struct ParallelWatch: Sendable {
    typealias Condition = ParallelConsumerHealth.Condition

    /// The state of the consumer as the poll loop sees it.
    struct Sight {
        var hasEnded = false
        var isStopping = false
        var isDisconnected = false
        var group = ConsumerGroupStage.joining
        var partitions: [ParallelPartitionView] = []
    }

    /// A change to report in the log.
    enum Report: Equatable {
        /// A partition with records has not moved for this time, in nanoseconds.
        case stalled(KafkaTopicPartition, UInt64)
        /// A partition that was reported moves again.
        case moves(KafkaTopicPartition)
        /// The consumer has been in this condition for this time, in nanoseconds.
        case lasting(Condition, UInt64)
    }

    private struct Place {
        var frontier: Int?
        var since: UInt64
        var reportedAt: UInt64?
    }

    private let timeout: UInt64
    private var places: [KafkaTopicPartition: Place] = [:]
    private(set) var condition = Condition.starting
    private(set) var since: UInt64
    private var reportedAt: UInt64?
    private(set) var lastLook: UInt64

    /// - Parameter timeout: How long nothing may move, in nanoseconds.
    init(timeout: UInt64, now: UInt64) {
        self.timeout = timeout
        since = now
        lastLook = now
    }

    /// The partitions that do not move, and since when.
    var stalled: [KafkaTopicPartition: UInt64] {
        places.filter { lastLook &- $0.value.since >= timeout }.mapValues(\.since)
    }

    mutating func look(_ sight: Sight, now: UInt64) -> [Report] {
        lastLook = now
        var reports = lookAtPartitions(sight.partitions, now)
        let condition = condition(of: sight)
        if condition != self.condition {
            self.condition = condition
            since = now
            reportedAt = nil
        }
        let isQuiet = [.working, .stalled, .ended, .shuttingDown].contains(condition)
        if !isQuiet, now - (reportedAt ?? since) >= timeout {
            reportedAt = now
            reports.append(.lasting(condition, now - since))
        }
        return reports
    }

    private mutating func lookAtPartitions(_ views: [ParallelPartitionView], _ now: UInt64) -> [Report] {
        var reports: [Report] = []
        var next: [KafkaTopicPartition: Place] = [:]
        for view in views where view.isUnfinished {
            let partition = view.topicPartition
            guard var place = places[partition], place.frontier == view.frontier else {
                if places[partition]?.reportedAt != nil { reports.append(.moves(partition)) }
                next[partition] = Place(frontier: view.frontier, since: now)
                continue
            }
            if now - (place.reportedAt ?? place.since) >= timeout {
                place.reportedAt = now
                reports.append(.stalled(partition, now - place.since))
            }
            next[partition] = place
        }
        for view in views where !view.isUnfinished && places[view.topicPartition]?.reportedAt != nil {
            reports.append(.moves(view.topicPartition))
        }
        places = next
        return reports
    }

    private func condition(of sight: Sight) -> Condition {
        if sight.hasEnded { return .ended }
        if sight.isStopping { return .shuttingDown }
        if sight.isDisconnected { return .disconnected }
        if !sight.partitions.isEmpty { return stalled.isEmpty ? .working : .stalled }
        switch sight.group {
        case .joining: return .starting
        case .assigned: return .noAssignment
        case .rebalancing: return .rebalancing
        }
    }
}
