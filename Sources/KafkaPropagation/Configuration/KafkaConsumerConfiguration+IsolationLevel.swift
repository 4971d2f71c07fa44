extension KafkaConsumerConfiguration {
    /// Which records a consumer reads from topics to which transactions write.
    ///
    ///     configuration.isolationLevel = .readUncommitted
    ///
    /// Records that were sent outside a transaction are read at each level. It is Kafka's `isolation.level`, as
    /// described in KIP-98.
    public struct IsolationLevel: Hashable, Sendable, CustomStringConvertible {
        /// The name, as in `read_committed`.
        public let description: String

        /// Only records of committed transactions. The consumer waits before the first record of a transaction that is
        /// open. A group member also waits for the offsets that open transactions hold. This is the default.
        public static let readCommitted = IsolationLevel(description: "read_committed")

        /// Every record, also those of open and aborted transactions.
        public static let readUncommitted = IsolationLevel(description: "read_uncommitted")
    }
}
