internal import ContextPropagation

/// Sends messages to Kafka, each with the context of the code that sends it.
///
/// A producer works from the moment it is made until ``shutdown()``. ``withKafkaProducer(_:_:)`` makes one and shuts it
/// down. To wait for the acknowledgement of each message, use ``send(_:)``. To send many messages, use ``enqueue(_:)``.
/// To send several messages as one, use ``withTransaction(_:)``.
///
///     try await withKafkaProducer(.fromEnvironment()) { producer in
///         let place = try await producer.send(KafkaMessage(topic: "frames", value: frame))
///         log.info("sent") { $0.offset = place.offset?.rawValue }
///     }
///
/// If a program releases a producer without a shutdown, the producer still delivers its messages in the background,
/// within ``KafkaProducerConfiguration/shutdownTimeout``.
public final class KafkaProducer: Sendable {
    let core: ProducerCore

    /// Makes a producer. It connects in the background.
    ///
    /// With a ``KafkaProducerConfiguration/transactionalID`` it also ends the open transaction of the last producer
    /// with that ID, and makes that producer unusable.
    ///
    /// - Throws: ``KafkaError/Code/configuration`` for a property that ma-logger or librdkafka refuses. An unreachable
    ///   broker is not an error here: the first message reports it.
    public init(_ configuration: KafkaProducerConfiguration) throws(KafkaError) {
        core = try ProducerCore(configuration)
    }

    deinit {
        core.shutDown()
    }

    /// Sends a message and suspends until it is acknowledged.
    ///
    /// While the queue is full, it waits for room, so that the sending code does not outrun the brokers. If the task is
    /// cancelled, it throws `CancellationError`; the message may still be delivered.
    ///
    /// - Returns: The partition and the offset. The offset is nil if the producer asks for no acknowledgements.
    /// - Throws: ``KafkaError`` with the reason why the message was not delivered. ``KafkaError/Code/authentication``
    ///   and ``KafkaError/Code/tls`` do not wait until the message times out. They come as soon as a broker refuses the
    ///   connection and no other can be reached, unless one has answered before.
    ///   ``KafkaError/Code/transactionState`` if the producer has a transactional ID: use ``withTransaction(_:)``.
    @discardableResult
    public func send(_ message: KafkaMessage) async throws -> KafkaTopicPartitionOffset {
        try await core.send(message, in: nil)
    }

    /// Enqueues a message and returns at once.
    ///
    /// If the program holds ``deliveryReports``, the message's report goes there. Otherwise a failure is logged in the
    /// message's context.
    ///
    /// Every few hundred messages, the call also serves the reports of earlier messages, and so runs closures of
    /// ``enqueue(_:onReport:)``. Do not hold a lock around it that such a closure takes.
    ///
    /// - Throws: ``KafkaError/Code/queueFull`` if there is no room: `try await producer.waitForRoom()`, and try again.
    ///   ``KafkaError/Code/transactionState`` if the producer has a transactional ID.
    public func enqueue(_ message: KafkaMessage) throws(KafkaError) {
        try core.enqueue(message, in: nil)
    }

    /// Enqueues a message, returns at once, and calls `onReport` when the message is acknowledged or has failed.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - onReport: Called once, in the message's context and with the registered values of this call (see
    ///     `ContextSnapshot`). The producer runs one such closure at a time. It may run inside a later call of
    ///     `enqueue`, and must not block.
    /// - Throws: As ``enqueue(_:)``; then `onReport` is not called.
    public func enqueue(
        _ message: KafkaMessage,
        onReport: @escaping @Sendable (KafkaDeliveryReport) -> Void
    ) throws(KafkaError) {
        try core.enqueue(message, in: nil, onReport)
    }

    /// Suspends until the queue may have room again.
    ///
    /// When to use it: in a loop of ``enqueue(_:)``, after ``KafkaError/Code/queueFull``.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    public func waitForRoom() async throws {
        if !(await core.waitForRoom()) { throw CancellationError() }
    }

    /// The reports of the messages that are enqueued while the program holds the sequence or an iterator of it.
    public var deliveryReports: KafkaDeliveryReports { KafkaDeliveryReports(core.channel) }

    /// Sends the messages that are enqueued without waiting for batches to fill, and suspends until every message has
    /// its report.
    ///
    /// It also waits for messages that other tasks enqueue meanwhile.
    ///
    /// - Throws: Only `CancellationError`. The report of a message tells whether it was delivered.
    public func flush() async throws {
        if !(await core.flush()) { throw CancellationError() }
    }
}
