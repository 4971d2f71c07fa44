/// The first and the next offset of a partition, as its broker reports them.
///
///     let marks = try await consumer.watermarks(of: partition)
///     log.info("partition") { $0.records = marks.count }
public struct KafkaWatermarks: Hashable, Sendable {
    /// The offset of the first record that the partition still holds.
    public let low: KafkaOffset

    /// The offset of the next record that is appended.
    public let high: KafkaOffset

    /// Makes watermarks from two offsets. A `high` below `low` counts as `low`.
    public init(low: KafkaOffset, high: KafkaOffset) {
        self.low = low
        self.high = KafkaOffset(rawValue: max(low.rawValue, high.rawValue))
    }

    /// The largest possible number of records between the two offsets. A partition of a compacted topic, or one with
    /// transactions, has fewer.
    public var count: Int { high.rawValue.subtractingReportingOverflow(low.rawValue).partialValue }

    /// Whether `offset` lies between the two offsets. `low` does, `high` does not.
    public func contains(_ offset: KafkaOffset) -> Bool {
        (low.rawValue..<high.rawValue).contains(offset.rawValue)
    }

    /// Returns the number of a symbolic offset in this partition. A number and ``KafkaOffset/storedOffset`` stay
    /// unchanged.
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
    /// The two offsets, as in `17..<42`.
    public var description: String { "\(low)..<\(high)" }
}
