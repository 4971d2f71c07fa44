/// The end of a transaction.
public struct KafkaTransactionOutcome: Hashable, Sendable, CustomStringConvertible {
    /// The name, as in `committed`.
    public let description: String

    /// The cluster has committed the messages and the offsets.
    public static let committed = KafkaTransactionOutcome(description: "committed")

    /// The cluster has committed nothing, and never will: consumers that read only committed records see no message of
    /// the transaction, and the group's offsets are as before.
    public static let aborted = KafkaTransactionOutcome(description: "aborted")

    /// The cluster has not answered. It has committed everything or nothing; the offsets that the group has committed
    /// tell which.
    public static let unknown = KafkaTransactionOutcome(description: "unknown")
}
