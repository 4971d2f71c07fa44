internal import ContextPropagation

/// A time as Kafka stores it: milliseconds since 1970-01-01T00:00:00Z.
public struct KafkaTimestamp: Hashable, Sendable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var millisecondsSinceEpoch: Int64

    /// Makes a time from its milliseconds since 1970-01-01T00:00:00Z.
    public init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    /// The current time.
    public static var now: KafkaTimestamp {
        let (seconds, nanoseconds) = Platform.timeSinceEpoch
        return KafkaTimestamp(millisecondsSinceEpoch: Int64(seconds) * 1000 + Int64(nanoseconds / 1_000_000))
    }

    public static func < (left: KafkaTimestamp, right: KafkaTimestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    /// The side that set a record's timestamp.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        private enum Backing: String {
            case createTime
            case logAppendTime
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// The producer.
        public static let createTime = Kind(.createTime)
        /// The broker, when it appended the record.
        public static let logAppendTime = Kind(.logAppendTime)

        /// The name, as in `createTime`.
        public var description: String { backing.rawValue }
    }
}
