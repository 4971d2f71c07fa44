/// The records of a consumer in groups, in order within each partition. A group contains the records that wait at that
/// moment.
///
///     for try await batch in consumer.batches {
///         try await insert(batch)
///         try consumer.storeOffsets(batch)
///     }
///
/// The sequence ends and throws as the iteration over the ``KafkaConsumer`` does.
public struct KafkaRecordBatches: AsyncSequence, Sendable {
    public typealias Element = KafkaRecordBatch
    public typealias Failure = KafkaError

    let consumer: KafkaConsumer

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(consumer)
    }

    /// Returns one group after another.
    ///
    /// A group is being handled until the iteration asks for the next one, or until the iterator is destroyed. A
    /// shutdown waits for that.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let consumer: KafkaConsumer
        private let iteration: RecordIteration

        fileprivate init(_ consumer: KafkaConsumer) {
            self.consumer = consumer
            iteration = RecordIteration(consumer.core.feed)
        }

        /// Returns the next group; nil if the consumer is shut down or the task is cancelled.
        public mutating func next() async throws(KafkaError) -> KafkaRecordBatch? {
            try await consumer.core.feed.next(iteration, limit: .max).map(KafkaRecordBatch.init)
        }

        /// Returns the next group; nil if the consumer is shut down or the task is cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(KafkaError) -> KafkaRecordBatch? {
            try await consumer.core.feed.next(iteration, limit: .max).map(KafkaRecordBatch.init)
        }
    }
}

/// One or more records that were read together, of one or more partitions.
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
        // As with an array, an index out of range is a fault of the program.
        precondition(range.contains(index), "index out of range")
        return KafkaRecord(storage: .read(batch, index))
    }

    /// The offset after the last record of each partition.
    public var nextOffsets: [KafkaTopicPartitionOffset] {
        var last: [KafkaTopicPartition: KafkaRecord] = [:]
        for record in self { last[record.topicPartition] = record }
        return last.values.map(\.nextTopicPartitionOffset)
    }
}
