/// What happens to a consumer beside its records. New cases may be added: a `switch` needs a `default`.
public enum KafkaConsumerEvent: Sendable {
    /// Partitions came or went.
    case rebalance(KafkaConsumerRebalance)

    /// Something failed that belongs to no call and does not end the consumption. It is logged, too.
    case error(KafkaError)
}

/// Partitions that came to a consumer or went away from it.
public struct KafkaConsumerRebalance: Hashable, Sendable {
    /// Which of the two.
    public enum Kind: Hashable, Sendable {
        /// These partitions are consumed from now on.
        case assign
        /// These partitions are no longer consumed here: what was read of them and not taken is dropped.
        case revoke
    }

    /// Which of the two.
    public let kind: Kind

    /// The partitions that came or went.
    public let partitions: [KafkaTopicPartition]

    /// Whether they were lost: another member may already consume them, and no offset of theirs can be committed.
    public let isLost: Bool
}

/// The events of a consumer, in order. For one reader; when nobody reads, the latest 1,024 are kept.
public struct KafkaConsumerEvents: AsyncSequence, Sendable {
    public typealias Element = KafkaConsumerEvent
    public typealias Failure = Never

    let stream: AsyncStream<KafkaConsumerEvent>

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(iterator: stream.makeAsyncIterator())
    }

    /// Gives one event after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var iterator: AsyncStream<KafkaConsumerEvent>.AsyncIterator

        /// The next event; nil when the consumer was shut down, and in a task that is cancelled.
        public mutating func next() async -> KafkaConsumerEvent? {
            await iterator.next(isolation: #isolation)
        }

        /// The next event; nil when the consumer was shut down, and in a task that is cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Never) -> KafkaConsumerEvent? {
            await iterator.next(isolation: actor)
        }
    }
}
