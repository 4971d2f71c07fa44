/// Reads the records of topics, each with its context. It reads as a member of a group, or from given partitions.
///
/// It reads from its creation until ``shutdown()``; ``withKafkaConsumer(_:_:)`` does both. It polls on its own thread,
/// never on Swift's cooperative pool, and reads ahead at most ``KafkaConsumerConfiguration/maximumBufferedRecords``
/// records.
///
///     let configuration = try KafkaConsumerConfiguration.fromEnvironment(.group(id: "detectors", topics: ["frames"]))
///     try await withKafkaConsumer(configuration) { consumer in
///         for try await record in consumer {
///             try await record.withContext { try await detect(record) }
///             try consumer.storeOffset(record)
///         }
///     }
///
/// This loop handles each record at least once. A crash repeats the records since the last commit, which is at most 5 s
/// ago by default. A rebalance repeats the records in flight. Neither loses a record or ends the loop. Several tasks
/// may run such a loop over one consumer, and then share its records: see ``storeOffset(_:)``.
///
/// An iteration ends when the consumer is shut down or the iterating task is cancelled. It throws if the consumer can
/// read nothing more: librdkafka has a fatal error, or no broker has ever answered, one refuses the credentials or the
/// certificates, and no other can be reached. After every other error the consumer retries, and reports the error as
/// one of ``events``.
///
/// The consumer commits only records that the application stored or committed.
public final class KafkaConsumer: Sendable {
    let core: ConsumerCore

    /// Makes a consumer and starts reading.
    ///
    /// - Throws: ``KafkaError/Code/configuration``, with librdkafka's text, for a property that librdkafka refuses. An
    ///   unreachable broker is not an error here; ``events`` reports it.
    public init(_ configuration: KafkaConsumerConfiguration) throws(KafkaError) {
        core = try ConsumerCore(configuration)
    }

    deinit {
        core.loop.shutDown()
    }

    /// The rebalances and errors of this consumer, in order.
    public var events: KafkaConsumerEvents { KafkaConsumerEvents(stream: core.callbacks.stream) }

    /// The records in groups, for work on many records at once. A group contains the records that wait at that moment.
    public var batches: KafkaRecordBatches { KafkaRecordBatches(consumer: self) }
}

extension KafkaConsumer: AsyncSequence {
    public typealias Element = KafkaRecord
    public typealias Failure = KafkaError

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self)
    }

    /// Returns one record after another.
    ///
    /// A record is being handled until the iteration asks for the next one, or until the iterator is destroyed. A
    /// shutdown waits for that.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let consumer: KafkaConsumer
        private let iteration: RecordIteration

        fileprivate init(_ consumer: KafkaConsumer) {
            self.consumer = consumer
            iteration = RecordIteration(consumer.core.feed)
        }

        /// Returns the next record; nil if the consumer is shut down or the task is cancelled.
        @inlinable
        public mutating func next() async throws(KafkaError) -> KafkaRecord? {
            if let record = nextNow() { return record }
            return try await nextLater()
        }

        // Inlinable: a loop over a consumer then makes an asynchronous call only when it has to wait.
        /// Returns the next record; nil if the consumer is shut down or the task is cancelled.
        @inlinable
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(KafkaError) -> KafkaRecord? {
            if let record = nextNow() { return record }
            return try await nextLater()
        }

        @usableFromInline
        func nextNow() -> KafkaRecord? { iteration.feed.nextNow(iteration) }

        @usableFromInline
        func nextLater() async throws(KafkaError) -> KafkaRecord? {
            try await consumer.core.feed.next(iteration, limit: 1).map {
                KafkaRecord(storage: .read($0.batch, $0.range.lowerBound))
            }
        }
    }
}
