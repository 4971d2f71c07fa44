/// A position in a partition: the number of a record, or a symbolic offset such as ``end``.
///
///     try await consumer.seek(topicPartitionOffsets: [.init(topic: "frames", partition: 0, offset: .tail(100))])
///
/// Offsets have no order, because only a broker knows the number of a symbolic offset. To compare two offsets that are
/// ``isAbsolute``, compare their ``rawValue``.
public struct KafkaOffset: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// librdkafka counts the offsets that are relative to the end down from here.
    private static let tailBase = -2000

    /// The number of a record within its partition. Negative numbers are the symbolic offsets below.
    public var rawValue: Int

    /// Makes an offset from its number.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// Makes an offset from its number.
    public init(integerLiteral value: Int) {
        rawValue = value
    }

    /// The first record that the partition still holds.
    public static let beginning = KafkaOffset(rawValue: -2)

    /// The position after the last record. A consumer there reads only later records.
    public static let end = KafkaOffset(rawValue: -1)

    /// The offset that the group has committed. If there is none, `auto.offset.reset` decides.
    public static let storedOffset = KafkaOffset(rawValue: -1000)

    /// The position `count` records before the end, or ``beginning`` if the partition has fewer records.
    ///
    /// - Parameter count: The number of records. A negative number counts as 0.
    public static func tail(_ count: Int) -> KafkaOffset {
        // The limit keeps the raw value from overflowing. No partition has more records than that.
        KafkaOffset(rawValue: tailBase - min(max(0, count), Int.max + tailBase))
    }

    /// Whether this is the number of a record and not a symbolic offset.
    public var isAbsolute: Bool { rawValue >= 0 }

    /// Whether this is the number of a record or a symbolic offset.
    var hasMeaning: Bool {
        isAbsolute || tailCount != nil || [.beginning, .end, .storedOffset].contains(self)
    }

    /// The number of records before the end; nil for every other offset.
    var tailCount: Int? { rawValue <= Self.tailBase ? Self.tailBase - rawValue : nil }
}

extension KafkaOffset: CustomStringConvertible {
    /// The number or the name, such as `42`, `end` or `tail(100)`.
    public var description: String {
        switch self {
        case .beginning: "beginning"
        case .end: "end"
        case .storedOffset: "stored offset"
        default: tailCount.map { "tail(\($0))" } ?? String(rawValue)
        }
    }
}
