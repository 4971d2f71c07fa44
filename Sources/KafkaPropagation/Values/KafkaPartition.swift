/// The number of a partition within its topic.
///
///     KafkaTopicPartition(topic: "frames", partition: 3)
public struct KafkaPartition: RawRepresentable, Hashable, Sendable, Comparable, ExpressibleByIntegerLiteral {
    /// The number, from 0.
    public var rawValue: Int

    /// The partition of this number.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The partition of this number.
    public init(integerLiteral value: Int) {
        rawValue = value
    }

    /// No partition yet: the partitioner chooses one by the key.
    public static let unassigned = KafkaPartition(rawValue: -1)

    public static func < (left: KafkaPartition, right: KafkaPartition) -> Bool {
        left.rawValue < right.rawValue
    }

    /// What librdkafka takes. A number that it could not hold is no partition of any topic.
    var native: Int32 { Int32(exactly: rawValue) ?? Int32.max }
}

extension KafkaPartition: CustomStringConvertible {
    /// The number.
    public var description: String { String(rawValue) }
}
