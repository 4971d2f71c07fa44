internal import KafkaPropagation

/// A record of the simulated broker.
public struct SimulatedRecord: Hashable, Sendable {
    /// The number of its partition, from 0.
    public let partition: Int
    /// Its offset in the partition.
    public let offset: Int
    /// A number that stands for its key; nil for no key.
    public let key: Int?
    /// The number of the handling, from 1. Each member counts for itself.
    public internal(set) var attempt = 0
    /// Tells the record apart from every other one, also from one that had the same offset before the log was cut off.
    let id: Int

    init(partition: Int, offset: Int, key: Int?, id: Int) {
        self.partition = partition
        self.offset = offset
        self.key = key
        self.id = id
    }

    /// The bytes of its key and value.
    var bytes: Int { 1 + id % Self.maximumBytes }

    static let maximumBytes = 20
}

extension SimulatedRecord: ScheduledRecord {
    package func hasSameKey(as other: SimulatedRecord) -> Bool { key == other.key }
}
