internal import ContextPropagation

extension ProducerCore {
    /// Sends a message and suspends until its report comes.
    func send(
        _ message: KafkaMessage,
        in transaction: KafkaTransaction?
    ) async throws -> KafkaTopicPartitionOffset {
        let delivery = AwaitedDelivery(message.context ?? .current)
        while true {
            try Task.checkCancellation()
            switch produce(message, delivery.context, .awaited(delivery), in: transaction) {
            case .accepted:
                guard let report = await withWaiting({ await delivery.report.valueUnlessCancelled }) else {
                    throw CancellationError()
                }
                if let error = report.error { throw error }
                return report.topicPartitionOffset
            case .full:
                if !(await waitForRoom()) { throw CancellationError() }
            case .refused(let error):
                throw error
            }
        }
    }

    /// Enqueues a message, whose report goes to the sequence of reports if somebody holds it.
    func enqueue(_ message: KafkaMessage, in transaction: KafkaTransaction?) throws(KafkaError) {
        let context = message.context ?? .current
        guard channel.isOpen else {
            return try produce(message, context, .unattended(context), in: transaction).check()
        }
        guard channel.reserve() else { throw .queueFull }
        do throws(KafkaError) {
            try produce(message, context, .reported(context), in: transaction).check()
        } catch {
            channel.release(1)
            throw error
        }
    }
}

extension ProducerCore.Acceptance {
    /// Throws unless the message was accepted.
    func check() throws(KafkaError) {
        switch self {
        case .accepted: return
        case .full: throw .queueFull
        case .refused(let error): throw error
        }
    }
}
