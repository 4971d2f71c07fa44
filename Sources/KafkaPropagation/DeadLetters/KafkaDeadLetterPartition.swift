/// How the partition of a dead letter, or of a replayed record, is chosen.
public struct KafkaDeadLetterPartition: Hashable, Sendable, CustomStringConvertible {
    private enum Backing: String {
        case byKey
        case original
    }

    private let backing: Backing

    private init(_ backing: Backing) {
        self.backing = backing
    }

    /// The producer's partitioner chooses by the key.
    ///
    /// librdkafka's default partitioner chooses other partitions than the Java client's. If Java programs write to the
    /// same topic, set the producer's property `partitioner` to `murmur2_random`.
    public static let byKey = KafkaDeadLetterPartition(.byKey)

    /// The partition of the same number as that of the record. The topic needs as many partitions.
    public static let original = KafkaDeadLetterPartition(.original)

    /// The name, as in `byKey`.
    public var description: String { backing.rawValue }
}
