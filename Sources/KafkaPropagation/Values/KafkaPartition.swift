/// The number of a partition within its topic.
///
///     KafkaTopicPartition(topic: "frames", partition: 3)
public struct KafkaPartition: RawRepresentable, Hashable, Sendable, Comparable, ExpressibleByIntegerLiteral {
    /// The number, from 0.
    public var rawValue: Int

    /// Makes a partition from its number.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// Makes a partition from its number.
    public init(integerLiteral value: Int) {
        rawValue = value
    }

    /// No partition. The partitioner chooses one.
    public static let unassigned = KafkaPartition(rawValue: -1)

    public static func < (left: KafkaPartition, right: KafkaPartition) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The number for librdkafka. A number outside its range becomes the largest one, which no topic has.
    var native: Int32 { Int32(exactly: rawValue) ?? Int32.max }
}

extension KafkaPartition: CustomStringConvertible {
    /// The number.
    public var description: String { String(rawValue) }
}
