/// A place in a partition: the number of a record, or a word such as ``end``.
///
///     try await consumer.seek(topicPartitionOffsets: [.init(topic: "frames", partition: 0, offset: .tail(100))])
///
/// Offsets have no order, because a word has no place among numbers until a broker is asked: compare the ``rawValue``
/// of two offsets that are ``isAbsolute``.
public struct KafkaOffset: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// librdkafka counts the offsets that are relative to the end down from here.
    private static let tailBase = -2000

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

    /// The place after the last record: only later records are read.
    public static let end = KafkaOffset(rawValue: -1)

    /// The offset that the group has committed; if there is none, `auto.offset.reset` decides.
    public static let storedOffset = KafkaOffset(rawValue: -1000)

    /// So many records before the end, or ``beginning`` if the partition holds fewer.
    ///
    /// - Parameter count: How many records; a negative number counts as 0.
    public static func tail(_ count: Int) -> KafkaOffset {
        // No partition holds more records than the smallest integer leaves room for.
        KafkaOffset(rawValue: tailBase - min(max(0, count), Int.max + tailBase))
    }

    /// Whether this is a number, not a word.
    public var isAbsolute: Bool { rawValue >= 0 }

    /// The number of records before the end; nil for every other offset.
    var tailCount: Int? { rawValue <= Self.tailBase ? Self.tailBase - rawValue : nil }
}

extension KafkaOffset: CustomStringConvertible {
    /// The number or the word, as in `42`, `end` or `tail(100)`.
    public var description: String {
        switch self {
        case .beginning: "beginning"
        case .end: "end"
        case .storedOffset: "stored offset"
        default: tailCount.map { "tail(\($0))" } ?? String(rawValue)
        }
    }
}
