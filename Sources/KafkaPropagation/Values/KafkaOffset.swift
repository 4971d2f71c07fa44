/// A place in a partition: a number, or a word for one.
///
///     try await consumer.seek(topicPartitionOffsets: [KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .tail(100))])
public struct KafkaOffset: RawRepresentable, Hashable, Sendable, Comparable, ExpressibleByIntegerLiteral {
    /// The number of a record within its partition; negative numbers stand for the words below.
    public var rawValue: Int

    /// The offset of this number.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The offset of this number.
    public init(integerLiteral value: Int) {
        rawValue = value
    }

    /// The first record that the partition still holds.
    public static let beginning = KafkaOffset(rawValue: -2)

    /// Behind the last record: only what comes from now on.
    public static let end = KafkaOffset(rawValue: -1)

    /// Where the group's commit says; without one `auto.offset.reset` decides.
    public static let storedOffset = KafkaOffset(rawValue: -1000)

    /// So many records before the end.
    public static func tail(_ count: Int) -> KafkaOffset {
        KafkaOffset(rawValue: -2000 - max(0, count))
    }

    /// Whether this is a number, not a word for one.
    public var isAbsolute: Bool { rawValue >= 0 }

    /// The number that this word stands for in a partition with these first and next offsets.
    func resolved(within marks: Range<KafkaOffset>) -> KafkaOffset {
        switch self {
        case .beginning: marks.lowerBound
        case .end: marks.upperBound
        case _ where rawValue <= -2000:
            KafkaOffset(rawValue: Swift.max(marks.lowerBound.rawValue, marks.upperBound.rawValue + rawValue + 2000))
        default: self
        }
    }

    public static func < (left: KafkaOffset, right: KafkaOffset) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension KafkaOffset: CustomStringConvertible {
    /// The number or the word.
    public var description: String {
        switch self {
        case .beginning: "beginning"
        case .end: "end"
        case .storedOffset: "stored offset"
        case _ where rawValue <= -2000: "tail(\(-2000 - rawValue))"
        default: String(rawValue)
        }
    }
}
