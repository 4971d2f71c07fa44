internal import ContextPropagation

/// The counts and times of a ``ParallelConsumer`` by topic. A pure value.
struct ParallelMeters: Sendable {
    /// In the order in which the topics came.
    private(set) var topics: [ParallelConsumerStatistics.Topic] = []
    /// The place of a partition's topic, by the partition's number in ``ParallelState``.
    private var places: [Int] = []

    /// Call it before the first record of a partition.
    mutating func add(partition: Int, topic: String) {
        // A partition that is revoked before it begins has a number, but no place.
        while places.count <= partition { places.append(Self.noPlace) }
        if places[partition] != Self.noPlace { return }
        let place = topics.firstIndex { $0.name == topic } ?? topics.count
        if place == topics.count { topics.append(.init(name: topic)) }
        places[partition] = place
    }

    private static let noPlace = -1

    mutating func noteBegin(partition: Int, waited: UInt64) {
        topics[places[partition]].waitTime.record(nanoseconds: waited)
    }

    /// - Parameter isRetried: Whether the record waits for another attempt. A stop or a revoke abandons it instead.
    mutating func noteEnd(partition: Int, _ settlement: ParallelSettlement, isRetried: Bool, ran: UInt64) {
        // It counts as not begun.
        if settlement == .notHandled { return }
        let place = places[partition]
        topics[place].runTime.record(nanoseconds: ran)
        switch settlement {
        case .succeeded: topics[place].processed += 1
        case .retry: topics[place].retried += isRetried ? 1 : 0
        case .skip: topics[place].skipped += 1
        case .deadLetter, .stop, .notHandled: break
        }
        if settlement != .succeeded { topics[place].failed += 1 }
    }

    mutating func noteDeadLetter(partition: Int) {
        topics[places[partition]].deadLettered += 1
    }
}
