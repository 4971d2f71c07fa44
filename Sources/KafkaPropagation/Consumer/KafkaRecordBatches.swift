/// The records of a consumer in groups, each of what is there, in order within each partition.
///
///     for try await batch in consumer.batches {
///         try await store(batch)
///         try await consumer.commit(batch)
///     }
public struct KafkaRecordBatches: AsyncSequence, Sendable {
    public typealias Element = KafkaRecordBatch
    public typealias Failure = KafkaError

    let consumer: KafkaConsumer

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(consumer)
    }

    /// Gives one group after another. It counts as being handled until the next one is asked for or the iterator is gone.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let consumer: KafkaConsumer
        private let iteration: HandOver.Iteration

        fileprivate init(_ consumer: KafkaConsumer) {
            self.consumer = consumer
            iteration = HandOver.Iteration(consumer.core.handOver)
        }

        /// The next group; nil when the consumer is shut down, and in a task that is cancelled.
        public mutating func next() async throws(KafkaError) -> KafkaRecordBatch? {
            try await consumer.core.handOver.nextRun(iteration, limit: .max).map(KafkaRecordBatch.init)
        }

        /// The next group; nil when the consumer is shut down, and in a task that is cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(KafkaError) -> KafkaRecordBatch? {
            try await consumer.core.handOver.nextRun(iteration, limit: .max).map(KafkaRecordBatch.init)
        }
    }
}

/// Records that came together; at least one.
public struct KafkaRecordBatch: RandomAccessCollection, Sendable {
    private let batch: RecordBatch
    private let range: Range<Int>

    init(batch: RecordBatch, range: Range<Int>) {
        self.batch = batch
        self.range = range
    }

    public var startIndex: Int { range.lowerBound }
    public var endIndex: Int { range.upperBound }

    public subscript(index: Int) -> KafkaRecord {
        // As for an array, an index outside is a fault of the program.
        precondition(range.contains(index), "index out of range")
        return KafkaRecord(batch: batch, index: index)
    }

    /// The offsets behind the last record of each partition: what there is to commit when all of them are done.
    public var nextOffsets: [KafkaTopicPartitionOffset] {
        var offsets: [KafkaTopicPartition: KafkaOffset] = [:]
        for record in self { offsets[record.topicPartition] = KafkaOffset(rawValue: record.offset.rawValue + 1) }
        return offsets.map { KafkaTopicPartitionOffset(topicPartition: $0.key, offset: $0.value) }
    }
}
