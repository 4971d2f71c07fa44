/// The reports of the messages that are enqueued while it exists, as they come.
///
///     let reports = producer.deliveryReports
///     for message in messages { try producer.enqueue(message) }
///     for await report in reports { print(report.topicPartitionOffset, report.error) }
///
/// Made by ``KafkaProducer/deliveryReports``. It ends when the producer is shut down. Reports that are not taken count
/// against ``KafkaProducerConfiguration/maximumQueuedMessages``: who wants reports and does not read them cannot go on
/// enqueueing. Several iterators share the reports among them.
public struct KafkaDeliveryReports: AsyncSequence, Sendable {
    public typealias Element = KafkaDeliveryReport
    public typealias Failure = Never

    private let reader: Reader

    init(_ channel: ReportChannel) {
        reader = Reader(channel)
    }

    /// Keeps the channel open.
    fileprivate final class Reader: Sendable {
        let channel: ReportChannel

        init(_ channel: ReportChannel) {
            self.channel = channel
            channel.open()
        }

        deinit {
            channel.close()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(reader)
    }

    /// Gives one report after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let reader: Reader
        private var batch: [KafkaDeliveryReport] = []
        private var index = 0

        fileprivate init(_ reader: Reader) {
            self.reader = reader
        }

        /// The next report; nil at the end, and in a task that is cancelled.
        public mutating func next() async -> KafkaDeliveryReport? {
            while index == batch.count {
                guard let next = await reader.channel.take() else { return nil }
                batch = next
                index = 0
            }
            defer { index += 1 }
            return batch[index]
        }

        /// The next report; nil at the end, and in a task that is cancelled.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Never) -> KafkaDeliveryReport? {
            await next()
        }
    }
}
