/// The first and the next offset of a partition, as the broker says.
///
///     let marks = try await consumer.watermarks(of: partition)
///     log.info("partition") { $0.records = marks.count }
public struct KafkaWatermarks: Hashable, Sendable {
    /// The offset of the first record that the partition still holds.
    public let low: KafkaOffset

    /// The offset that the next record gets.
    public let high: KafkaOffset

    /// The watermarks of these offsets; a `high` below `low` counts as `low`.
    public init(low: KafkaOffset, high: KafkaOffset) {
        self.low = low
        self.high = KafkaOffset(rawValue: max(low.rawValue, high.rawValue))
    }

    /// The largest number of records between the two. Compacted topics and transactions hold fewer.
    public var count: Int { high.rawValue.subtractingReportingOverflow(low.rawValue).partialValue }

    /// Whether the offset is one of a record between the two.
    public func contains(_ offset: KafkaOffset) -> Bool {
        (low.rawValue..<high.rawValue).contains(offset.rawValue)
    }

    /// The number that a word stands for in this partition; a number, and the group's offset, stay as they are.
    func resolve(_ offset: KafkaOffset) -> KafkaOffset {
        switch offset {
        case .beginning: return low
        case .end: return high
        default:
            guard let count = offset.tailCount else { return offset }
            let (place, overflows) = high.rawValue.subtractingReportingOverflow(count)
            return KafkaOffset(rawValue: overflows ? low.rawValue : max(low.rawValue, place))
        }
    }
}

extension KafkaWatermarks: CustomStringConvertible {
    /// As in `17..<42`.
    public var description: String { "\(low)..<\(high)" }
}
