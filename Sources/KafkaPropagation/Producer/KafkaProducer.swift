internal import ContextPropagation

/// Sends messages, each with the context of the code that sends it.
///
/// It works from the moment it is made until ``shutdown()``; ``withKafkaProducer(_:_:)`` does both. ``send(_:)`` waits
/// for the acknowledgement, ``enqueue(_:)`` does not and is the way to send many.
///
///     try await withKafkaProducer(.fromEnvironment()) { producer in
///         let place = try await producer.send(KafkaMessage(topic: "frames", value: frame))
///         log.info("sent") { $0.offset = place.offset?.rawValue }
///     }
///
/// A producer that is let go without a shutdown still delivers what was enqueued, within the shutdown timeout, in the
/// background.
public final class KafkaProducer: Sendable {
    let core: ProducerCore

    /// A producer of this configuration. Throws librdkafka's words for a property that it does not take; whether a
    /// broker answers shows with the first message.
    public init(_ configuration: KafkaProducerConfiguration) throws(KafkaError) {
        core = try ProducerCore(configuration)
    }

    deinit {
        core.shutDown()
    }

    /// Sends a message and suspends until it is acknowledged.
    ///
    /// While the queue is full it suspends, too: that is the back pressure. When the task is cancelled it throws
    /// `CancellationError`; a message that was enqueued before may still be delivered.
    ///
    /// - Returns: The partition, and the offset; the offset is nil where the producer asks for no acknowledgements.
    /// - Throws: ``KafkaError``: why the message was not delivered. ``KafkaError/Code/authentication`` and
    ///   ``KafkaError/Code/tls`` come as soon as no broker takes the connection, not when the message times out.
    @discardableResult
    public func send(_ message: KafkaMessage) async throws -> KafkaTopicPartitionOffset {
        let delivery = AwaitedDelivery(message.context ?? .current)
        while true {
            try Task.checkCancellation()
            switch core.produce(message, delivery.context, .awaited(delivery)) {
            case .accepted:
                guard let report = await core.withWaiting({ await delivery.report.valueUnlessCancelled }) else {
                    throw CancellationError()
                }
                if let error = report.error { throw error }
                return report.topicPartitionOffset
            case .full:
                if !(await core.waitForRoom()) { throw CancellationError() }
            case .refused(let error):
                throw error
            }
        }
    }

    /// Enqueues a message and returns at once.
    ///
    /// Its report goes to ``deliveryReports`` where somebody holds them; else a failure is logged, in the message's
    /// context.
    ///
    /// Every few hundred messages the call also serves the reports of earlier ones, and so runs the closures of
    /// ``enqueue(_:onReport:)``: hold no lock around it that such a closure takes.
    ///
    /// - Throws: ``KafkaError/Code/queueFull`` where there is no room: `try await producer.waitForRoom()` and try
    ///   again.
    public func enqueue(_ message: KafkaMessage) throws(KafkaError) {
        let context = message.context ?? .current
        guard core.channel.isOpen else {
            return try accept(core.produce(message, context, .unattended(context)))
        }
        guard core.channel.reserve() else { throw .queueFull }
        do throws(KafkaError) {
            try accept(core.produce(message, context, .reported(context)))
        } catch {
            core.channel.release(1)
            throw error
        }
    }

    /// Enqueues a message, returns at once, and calls `onReport` when it is known what became of it.
    ///
    /// - Parameters:
    ///   - message: What to send.
    ///   - onReport: Called once, in the message's context; never twice at a time. It may run inside a later call of
    ///     `enqueue`, and must not block.
    /// - Throws: As ``enqueue(_:)``; then `onReport` is not called.
    public func enqueue(
        _ message: KafkaMessage,
        onReport: @escaping @Sendable (KafkaDeliveryReport) -> Void
    ) throws(KafkaError) {
        let context = message.context ?? .current
        try accept(core.produce(message, context, .callback(CallbackDelivery(context, onReport))))
    }

    private func accept(_ acceptance: ProducerCore.Acceptance) throws(KafkaError) {
        switch acceptance {
        case .accepted: return
        case .full: throw .queueFull
        case .refused(let error): throw error
        }
    }

    /// Suspends until the queue may have room again, for a loop of ``enqueue(_:)`` that met
    /// ``KafkaError/Code/queueFull``.
    public func waitForRoom() async throws {
        if !(await core.waitForRoom()) { throw CancellationError() }
    }

    /// The reports of the messages that are enqueued from now on, as long as the sequence or an iterator of it is held.
    public var deliveryReports: KafkaDeliveryReports { KafkaDeliveryReports(core.channel) }

    /// Sends what is enqueued without waiting for batches to fill, and suspends until every message has its report.
    ///
    /// Messages that others enqueue meanwhile are waited for, too.
    ///
    /// - Throws: Only `CancellationError`: what became of a message is in its report.
    public func flush() async throws {
        if !(await core.flush()) { throw CancellationError() }
    }
}

extension KafkaError {
    static var queueFull: KafkaError {
        KafkaError(
            .queueFull,
            "the producer's queue is full",
            hint: "Wait for room with waitForRoom(), use send(_:), or raise maximumQueuedMessages",
            isRetriable: true
        )
    }
}
