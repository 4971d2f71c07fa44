/// An event of a consumer that belongs to no record. New cases may be added: a `switch` needs a `default`.
public enum KafkaConsumerEvent: Sendable {
    /// Partitions came or went.
    case rebalance(KafkaConsumerRebalance)

    /// An error that belongs to no call. It is logged, too.
    ///
    /// The consumer retries by itself, unless the error is fatal (``KafkaError/isFatal``), or every broker refuses the
    /// credentials or the certificates: then every iteration throws the error.
    case error(KafkaError)
}

/// Partitions that came to a consumer or went away from it.
public struct KafkaConsumerRebalance: Hashable, Sendable {
    /// Whether partitions came or went.
    public enum Kind: Hashable, Sendable {
        /// The consumer reads these partitions from now on.
        case assign
        /// The consumer no longer reads these partitions. Records that were read ahead are dropped.
        case revoke
    }

    /// Whether the partitions came or went.
    public let kind: Kind

    /// The partitions.
    public let partitions: [KafkaTopicPartition]

    /// Whether they were lost, not given back: another member may read them already, and no offset of theirs can be
    /// committed.
    public let isLost: Bool

    /// Makes a value, for a test of code that handles events.
    public init(kind: Kind, partitions: [KafkaTopicPartition], isLost: Bool = false) {
        self.kind = kind
        self.partitions = partitions
        self.isLost = isLost
    }
}

/// The events of a consumer, in order, for one reader. If nobody reads, the latest 1,024 are kept.
///
/// It ends when the consumer is shut down and the events until then have been read, and in a task that is cancelled. An
/// error among the events does not end it.
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
