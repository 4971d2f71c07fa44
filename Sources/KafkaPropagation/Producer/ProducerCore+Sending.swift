internal import ContextLog
internal import ContextPropagation

extension ProducerCore {
    /// Sends a message and suspends until its report comes.
    // Both functions are inlined, because each asynchronous function has a frame that the task allocates.
    @inline(__always)
    func send(
        _ message: KafkaMessage,
        in transaction: KafkaTransaction?
    ) async throws -> KafkaTopicPartitionOffset {
        #if DistributedTracing
        let message = TracerSpans.begin(message, codecs)
        #endif
        let context = MessagingSpan.sendingContext(message.context ?? .currentOfTask)
        do {
            return try await send(message, context, in: transaction)
        } catch {
            MessagingSpan.abandon(context, topic: message.topic, error: error)
            throw error
        }
    }

    @inline(__always)
    private func send(
        _ message: KafkaMessage,
        _ context: LogContext,
        in transaction: KafkaTransaction?
    ) async throws -> KafkaTopicPartitionOffset {
        let delivery = AwaitedDelivery()
        let start = MessagingSpan.isTraced(context) ? MonotonicTime.now : nil
        while true {
            try Task.checkCancellation()
            switch produce(message, context, DeliveryTag.awaited(retaining: delivery), in: transaction) {
            case .accepted:
                beginWaiting()
                let outcome = await delivery.wait()
                endWaiting()
                // A message that the task waits for no longer may arrive: its receiver's span needs its parent.
                if let start { exportSpan(context, start, message, outcome ?? .failed(.cancelled)) }
                switch outcome {
                case .delivered(let partition, let offset):
                    return KafkaTopicPartitionOffset(topic: message.topic, partition: partition, offset: offset)
                case .failed(let error): throw error
                case nil: throw CancellationError()
                }
            case .full:
                if !(await waitForRoom()) { throw CancellationError() }
            case .refused(let error):
                throw error
            }
        }
    }

    private func exportSpan(
        _ context: LogContext,
        _ start: UInt64,
        _ message: KafkaMessage,
        _ outcome: AwaitedDelivery.Outcome
    ) {
        let (partition, offset, error): (KafkaPartition?, KafkaOffset?, KafkaError?) =
            switch outcome {
            case .delivered(let partition, let offset): (partition, offset, nil)
            case .failed(let error): (nil, nil, error)
            }
        MessagingSpan.sent(
            in: context,
            since: start,
            topic: message.topic,
            partition: partition,
            offset: offset,
            isTombstone: message.value == nil,
            error: error
        )
    }

    /// Enqueues a message, whose report goes to the sequence of reports if somebody holds it.
    func enqueue(_ message: borrowing KafkaMessage, in transaction: KafkaTransaction?) throws(KafkaError) {
        #if DistributedTracing
        let message = TracerSpans.begin(copy message, codecs)
        #endif
        let context = MessagingSpan.sendingContext(message.context ?? .currentOfTask)
        do throws(KafkaError) {
            try enqueue(message, context, in: transaction)
        } catch {
            MessagingSpan.abandon(context, topic: message.topic, error: error)
            throw error
        }
    }

    @inline(__always)
    private func enqueue(
        _ message: borrowing KafkaMessage,
        _ context: LogContext,
        in transaction: KafkaTransaction?
    ) throws(KafkaError) {
        let route = channel.route
        if route == .none {
            return try produce(message, context, DeliveryTag.unattended(retaining: context), in: transaction).check()
        }
        guard channel.reserve() else { throw .queueFull }
        let tag = route == .tag ? DeliveryTag.reported(retaining: context) : tag(context, route)
        do throws(KafkaError) {
            try produce(message, context, tag, in: transaction).check()
        } catch {
            channel.release(1)
            throw error
        }
    }

    /// The tag of a message whose report must tell for which readers it is.
    @inline(never)
    private func tag(_ context: LogContext, _ route: ReportChannel.Route) -> UnsafeMutableRawPointer {
        DeliveryTag.callback(
            retaining: CallbackDelivery(context) { [channel] report in channel.append([report], by: route) }
        )
    }

    /// Enqueues a message, whose report goes to a closure.
    func enqueue(
        _ message: borrowing KafkaMessage,
        in transaction: KafkaTransaction?,
        _ onReport: @escaping @Sendable (KafkaDeliveryReport) -> Void
    ) throws(KafkaError) {
        #if DistributedTracing
        let message = TracerSpans.begin(copy message, codecs)
        #endif
        let context = MessagingSpan.sendingContext(message.context ?? .currentOfTask)
        let tag = DeliveryTag.callback(retaining: CallbackDelivery(context, onReport))
        do throws(KafkaError) {
            try produce(message, context, tag, in: transaction).check()
        } catch {
            MessagingSpan.abandon(context, topic: message.topic, error: error)
            throw error
        }
    }
}

extension ProducerCore.Acceptance {
    /// Throws unless the message was accepted.
    @inline(__always)
    func check() throws(KafkaError) {
        switch self {
        case .accepted: return
        case .full: throw .queueFull
        case .refused(let error): throw error
        }
    }
}
