/// Reads the records of topics, as a member of a group or from partitions that are named, each with its context.
///
/// It reads from the moment it is made until ``shutdown()``; ``withConsumer(_:_:)`` does both. A thread of its own polls, never
/// one of Swift's, and reads ahead no more than ``KafkaConsumerConfiguration/maximumBufferedRecords``.
///
///     let configuration = KafkaConsumerConfiguration(try .fromEnvironment(), .group(id: "detectors", topics: ["frames"]))
///     try await withConsumer(configuration) { consumer in
///         for try await record in consumer {
///             try await record.withContext { try await detect(record) }
///             try await consumer.commit(record)
///         }
///     }
///
/// The iteration ends when the consumer is shut down and when the task is cancelled. It throws where nothing can be read any
/// more: the credentials or the certificates are refused by every broker, or librdkafka raised a fatal error. All else is
/// tried again, and told as ``events``. Several iterations share the records among them.
///
/// Nothing is committed by itself: see ``commit(_:)`` and ``storeOffset(_:)``.
public final class KafkaConsumer: Sendable {
    let core: ConsumerCore

    /// A consumer of this configuration, reading at once. Throws librdkafka's words for a property that it does not take;
    /// whether a broker answers shows with the first record.
    public init(_ configuration: KafkaConsumerConfiguration) throws(KafkaError) {
        core = try ConsumerCore(configuration)
    }

    deinit {
        core.shutDown()
    }

    /// Rebalances and errors, in order.
    public var events: KafkaConsumerEvents { KafkaConsumerEvents(stream: core.callbacks.stream) }

    /// The records in groups of those that are there, for work that is done on many at once.
    public var batches: KafkaRecordBatches { KafkaRecordBatches(consumer: self) }
}

extension KafkaConsumer: AsyncSequence {
    public typealias Element = KafkaRecord
    public typealias Failure = KafkaError

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self)
    }

    /// Gives one record after another. A record counts as being handled until the next one is asked for or the iterator is
    /// gone: a shutdown waits for that.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let consumer: KafkaConsumer
        private let iteration: HandOver.Iteration

        fileprivate init(_ consumer: KafkaConsumer) {
            self.consumer = consumer
            iteration = HandOver.Iteration(consumer.core.handOver)
        }

        /// The next record; nil when the consumer is shut down, and in a task that is cancelled.
        public mutating func next() async throws(KafkaError) -> KafkaRecord? {
            try await consumer.core.handOver.next(iteration)
        }

        /// The next record; nil when the consumer is shut down, and in a task that is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(KafkaError) -> KafkaRecord? {
            try await consumer.core.handOver.next(iteration)
        }
    }
}
