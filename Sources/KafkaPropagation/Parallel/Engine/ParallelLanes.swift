/// Finds the lane of each record.
struct ParallelLanes: Sendable {
    let ordering: ParallelConsumer.Ordering
    let keyless: ParallelConsumer.KeylessOrdering

    /// The records for which a record waits, and the bytes that order it, if they are not its key.
    func lane(of record: KafkaRecord) -> (lane: SchedulingLane, orderingKey: [UInt8]?) {
        switch ordering.backing {
        case .unordered: return (.none, nil)
        case .partition: return (.partition, nil)
        case .key:
            let lane = record.withKey { key -> SchedulingLane? in
                guard let key else { return nil }
                return .key(hash: Self.hash(key))
            }
            return (lane ?? keylessLane, nil)
        case .header(let name): return keyed(record.header(name)?.value)
        case .custom(let key): return keyed(key(record))
        }
    }

    /// The property that a record shares with the records that must not overtake it.
    enum Place: Hashable {
        case key(hash: Int)
        case partition(KafkaTopicPartition)
    }

    /// The place of a record among others; nil if it waits for none.
    func place(of record: KafkaRecord) -> Place? {
        switch lane(of: record).lane {
        case .none: nil
        case .partition: .partition(record.topicPartition)
        // Two keys with one hash wait for each other here, which does no harm.
        case .key(let hash): .key(hash: hash)
        }
    }

    private var keylessLane: SchedulingLane { keyless.isSerial ? .partition : .none }

    private func keyed(_ key: [UInt8]?) -> (lane: SchedulingLane, orderingKey: [UInt8]?) {
        (key.map { SchedulingLane.key(hash: Self.hash($0.span)) } ?? keylessLane, key)
    }

    /// Seeded for each process: nobody outside can choose keys that all meet in one bucket.
    private static func hash(_ key: Span<UInt8>) -> Int {
        var hasher = Hasher()
        key.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
