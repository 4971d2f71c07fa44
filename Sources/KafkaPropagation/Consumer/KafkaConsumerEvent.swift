/// An event of a consumer that belongs to no record. A later version may add cases, so a `switch` needs a `default`.
public enum KafkaConsumerEvent: Sendable {
    /// Partitions were assigned or revoked.
    case rebalance(KafkaConsumerRebalance)

    /// An error that belongs to no call. The consumer also logs it.
    ///
    /// The consumer retries by itself, with two exceptions. The first is a fatal error (``KafkaError/isFatal``). The
    /// second is a broker that refuses the credentials or the certificates (``KafkaError/Code/authentication``,
    /// ``KafkaError/Code/tls``), if no broker has ever answered and no other can be reached. After those, every
    /// iteration throws the error.
    case error(KafkaError)
}

/// Partitions that were assigned to a consumer or revoked from it.
public struct KafkaConsumerRebalance: Hashable, Sendable {
    /// The kind of a rebalance.
    public enum Kind: Hashable, Sendable {
        /// The partitions were assigned. The consumer reads them from now on.
        case assign
        /// The partitions were revoked. The consumer no longer reads them, and has dropped the records that it had read
        /// ahead.
        case revoke
    }

    /// Whether the partitions were assigned or revoked.
    public let kind: Kind

    /// The partitions.
    public let partitions: [KafkaTopicPartition]

    /// Whether the consumer lost the partitions instead of giving them back. Another member may read them already, and
    /// this consumer can no longer commit their offsets.
    public let isLost: Bool

    /// Makes a value, to test code that handles events.
    public init(kind: Kind, partitions: [KafkaTopicPartition], isLost: Bool = false) {
        self.kind = kind
        self.partitions = partitions
        self.isLost = isLost
    }
}

/// The events of a consumer, in order, for one reader. If nobody reads them, the latest 1,024 are kept.
///
/// The sequence ends after the last event when the consumer is shut down, and when the reading task is cancelled. An
/// error among the events does not end it.
public struct KafkaConsumerEvents: AsyncSequence, Sendable {
    public typealias Element = KafkaConsumerEvent
    public typealias Failure = Never

    let stream: AsyncStream<KafkaConsumerEvent>

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(iterator: stream.makeAsyncIterator())
    }

    /// Returns one event after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var iterator: AsyncStream<KafkaConsumerEvent>.AsyncIterator

        /// Returns the next event; nil if the consumer was shut down or the task is cancelled.
        public mutating func next() async -> KafkaConsumerEvent? {
            await iterator.next(isolation: #isolation)
        }

        /// Returns the next event; nil if the consumer was shut down or the task is cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Never) -> KafkaConsumerEvent? {
            await iterator.next(isolation: actor)
        }
    }
}
