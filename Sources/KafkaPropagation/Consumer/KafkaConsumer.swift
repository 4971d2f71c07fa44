/// Reads the records of topics, each with its context: as a member of a group, or from partitions by name.
///
/// It reads from the moment it is made until ``shutdown()``; ``withKafkaConsumer(_:_:)`` does both. It polls on its own
/// thread, never on Swift's cooperative pool, and reads ahead at most
/// ``KafkaConsumerConfiguration/maximumBufferedRecords``.
///
///     let configuration = try KafkaConsumerConfiguration.fromEnvironment(.group(id: "detectors", topics: ["frames"]))
///     try await withKafkaConsumer(configuration) { consumer in
///         for try await record in consumer {
///             try await record.withContext { try await detect(record) }
///             try consumer.storeOffset(record)
///         }
///     }
///
/// This loop handles each record at least once. A crash repeats the records since the last commit, 5 s by default, and
/// a rebalance repeats those in flight; neither loses one or ends the loop. Several tasks may run such a loop over one
/// consumer, which then share the records: see ``storeOffset(_:)``.
///
/// An iteration ends when the consumer is shut down, and when its task is cancelled. It throws if nothing can be read
/// any more: every broker refuses the credentials or the certificates, or librdkafka has a fatal error. The consumer
/// retries after every other error, and reports it as one of ``events``.
///
/// Only records that the application stored or committed are ever committed.
public final class KafkaConsumer: Sendable {
    let core: ConsumerCore

    /// Makes a consumer, which begins to read at once.
    ///
    /// - Throws: ``KafkaError/Code/configuration``, in librdkafka's words, for a property that it refuses. An
    ///   unreachable broker is not an error here: ``events`` report it.
    public init(_ configuration: KafkaConsumerConfiguration) throws(KafkaError) {
        core = try ConsumerCore(configuration)
    }

    deinit {
        core.loop.shutDown()
    }

    /// Rebalances and errors, in order.
    public var events: KafkaConsumerEvents { KafkaConsumerEvents(stream: core.callbacks.stream) }

    /// The records in groups of those that wait, for work on many at once.
    public var batches: KafkaRecordBatches { KafkaRecordBatches(consumer: self) }
}

extension KafkaConsumer: AsyncSequence {
    public typealias Element = KafkaRecord
    public typealias Failure = KafkaError

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self)
    }

    /// Gives one record after another.
    ///
    /// A record is being handled until the next one is asked for or the iterator is gone. A shutdown waits for that.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let consumer: KafkaConsumer
        private let iteration: RecordIteration

        fileprivate init(_ consumer: KafkaConsumer) {
            self.consumer = consumer
            iteration = RecordIteration(consumer.core.feed)
        }

        /// The next record; nil when the consumer is shut down, and in a task that is cancelled.
        public mutating func next() async throws(KafkaError) -> KafkaRecord? {
            try await consumer.core.feed.nextRecord(iteration)
        }

        /// The next record; nil when the consumer is shut down, and in a task that is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(KafkaError) -> KafkaRecord? {
            try await consumer.core.feed.nextRecord(iteration)
        }
    }
}

extension RecordFeed {
    fileprivate func nextRecord(_ iteration: RecordIteration) async throws(KafkaError) -> KafkaRecord? {
        try await next(iteration, limit: 1).map { KafkaRecord(storage: .read($0.batch, $0.range.lowerBound)) }
    }
}
