internal import ContextPropagation

/// What a ``ParallelConsumer`` counts and measures, by topic. A pure value.
struct ParallelMeters: Sendable {
    struct Topic: Sendable {
        let name: String
        var processed = 0
        var failed = 0
        var retried = 0
        var skipped = 0
        var deadLettered = 0
        var waiting = LatencyHistogram()
        var running = LatencyHistogram()
    }

    private(set) var topics: [Topic] = []
    /// The place of a partition's topic, by the partition's number in ``ParallelState``.
    private var places: [Int] = []

    mutating func add(partition: Int, topic: String) {
        if partition < places.count { return }
        let place = topics.firstIndex { $0.name == topic } ?? topics.count
        if place == topics.count { topics.append(Topic(name: topic)) }
        // Partitions get their numbers one after the other.
        places.append(place)
    }

    mutating func noteBegin(partition: Int, waited: UInt64) {
        topics[places[partition]].waiting.record(nanoseconds: waited)
    }

    mutating func noteEnd(partition: Int, _ settlement: ParallelSettlement, ran: UInt64) {
        let place = places[partition]
        topics[place].running.record(nanoseconds: ran)
        switch settlement {
        case .succeeded: topics[place].processed += 1
        case .retry: topics[place].retried += 1
        case .skip: topics[place].skipped += 1
        case .deadLetter, .stop: break
        }
        if settlement != .succeeded { topics[place].failed += 1 }
    }

    mutating func noteDeadLetter(partition: Int) {
        topics[places[partition]].deadLettered += 1
    }
}
