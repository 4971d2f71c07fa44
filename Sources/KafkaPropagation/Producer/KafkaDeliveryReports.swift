/// The delivery reports of a producer, in order.
///
/// ``KafkaProducer/deliveryReports`` makes this sequence. It gets the report of each message that is enqueued while the
/// program holds the sequence or an iterator of it. After a shutdown of the producer, the sequence ends when every
/// message has its report:
///
///     let reports = producer.deliveryReports
///     for message in messages { try producer.enqueue(message) }
///     producer.triggerGracefulShutdown()
///     for await report in reports { print(report.topicPartitionOffset) }
///
/// To keep using the producer, take as many reports as you have enqueued messages:
///
///     for await report in reports.prefix(messages.count) { print(report.topicPartitionOffset) }
///
/// Without a shutdown or a `prefix`, a loop waits for the report of the next message. Reports that are not taken count
/// towards ``KafkaProducerConfiguration/maximumQueuedMessages``, so hold the sequence only while you read it. Several
/// iterators share the reports. In a cancelled task, an iterator gives the reports that have arrived, and then nil.
/// When the program holds neither the sequence nor an iterator any more, failures whose reports nobody took are logged,
/// unless they made a transaction fail.
public struct KafkaDeliveryReports: AsyncSequence, Sendable {
    public typealias Element = KafkaDeliveryReport
    public typealias Failure = Never

    private let reader: Reader

    init(_ channel: ReportChannel) {
        reader = Reader(channel)
    }

    /// Keeps the channel open while it exists.
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
        @usableFromInline let taken: Taken
        // Unsafe: the memory belongs to `taken`. Its property would be checked for exclusive access with each report.
        @usableFromInline let reports: UnsafeMutablePointer<[KafkaDeliveryReport]>

        fileprivate init(_ reader: Reader) {
            taken = Taken(reader)
            reports = taken.reports
        }

        /// The next report; nil at the end, and in a task that is cancelled.
        @inlinable
        public mutating func next() async -> KafkaDeliveryReport? {
            if let report = withExtendedLifetime(taken, { reports.pointee.popLast() }) { return report }
            return await take()
        }

        /// The next report; nil at the end, and in a task that is cancelled.
        @inlinable
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Never) -> KafkaDeliveryReport? {
            if let report = withExtendedLifetime(taken, { reports.pointee.popLast() }) { return report }
            return await take()
        }

        @usableFromInline
        mutating func take() async -> KafkaDeliveryReport? {
            let spent = reports.move()
            reports.initialize(to: [])
            guard let next = await taken.reader.channel.take(after: spent) else { return nil }
            reports.pointee = next
            return reports.pointee.popLast()
        }
    }

    /// The reports that an iterator has taken, the next one last. Those that it does not give go back.
    @usableFromInline
    final class Taken {
        fileprivate let reader: Reader
        let reports = UnsafeMutablePointer<[KafkaDeliveryReport]>.allocate(capacity: 1)

        fileprivate init(_ reader: Reader) {
            self.reader = reader
            reports.initialize(to: [])
        }

        deinit {
            let rest = reports.move()
            reports.deallocate()
            if !rest.isEmpty { reader.channel.putBack(rest) }
        }
    }
}
