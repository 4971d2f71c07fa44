internal import CRDKafka
internal import ContextLog
internal import ContextPropagation
internal import Synchronization

/// The functions that librdkafka calls on behalf of a producer, and the producer's counters.
// @unchecked: only the thread that serves the producer uses the `var`s. `ProducerCore.isServing`, an atomic flag, lets
// one thread serve at a time and orders their accesses.
final class ProducerCallbacks: ClientCallbacks, @unchecked Sendable {
    let delivered = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    let latency = LatencyRecorder()

    /// The error for the messages that a purge removes from the queue.
    private let purgeReason = Mutex<KafkaError?>(nil)
    private let channel: ReportChannel
    /// Nil for a producer without transactions.
    private let transactions: ProducerTransactions?

    private var reports: [KafkaDeliveryReport] = []
    private var deliveredBefore = 0
    private var finishedBefore = 0
    private var topic: (native: OpaquePointer, name: String)?
    private var refusal: KafkaError?

    init(channel: ReportChannel, transactions: ProducerTransactions?) {
        self.channel = channel
        self.transactions = transactions
    }

    override func install(into configuration: OpaquePointer) {
        super.install(into: configuration)
        rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
            guard let message else { return }
            ProducerCallbacks.lend(opaque) { $0.finished(message) }
        }
    }

    override func failed(_ error: KafkaError) {
        super.failed(error)
        if connection.isRefusal(error) { refusal = error }
    }

    /// Sets the error for messages that a purge removes from now on.
    func setPurgeReason(_ error: KafkaError) {
        purgeReason.withLock { $0 = error }
    }

    /// Ends a round of serving. Returns how many reports came, and the error for which nothing more can be delivered.
    func finishServing() -> (reports: Int, refusal: KafkaError?) {
        if !reports.isEmpty {
            channel.append(reports)
            reports = []
        }
        let delivered = delivered.load(ordering: .relaxed)
        let finished = delivered + failed.load(ordering: .relaxed)
        if delivered > deliveredBefore { connection.noteSuccess() }
        defer {
            deliveredBefore = delivered
            finishedBefore = finished
            refusal = nil
            topic = nil
        }
        return (finished - finishedBefore, refusal)
    }

    private func finished(_ message: UnsafePointer<rd_kafka_message_t>) {
        if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            let count = delivered.load(ordering: .relaxed)
            // Microseconds; -1 if it is not known.
            let time = rd_kafka_message_latency(message)
            if time >= 0 { latency.record(nanoseconds: UInt64(time) &* 1000) }
            // Only this thread counts, so no atomic addition is needed.
            delivered.store(count + 1, ordering: .relaxed)
        } else {
            failed.store(failed.load(ordering: .relaxed) + 1, ordering: .relaxed)
        }
        guard let tag = message.pointee._private.map(DeliveryTag.consume) else { return }
        switch tag {
        case .unattended(let context):
            if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR { failed(report(message, context)) }
        case .reported(let context):
            reports.append(report(message, context))
        case .awaited(let delivery):
            delivery.report.resolve(report(message, delivery.context))
        case .callback(let delivery):
            let report = report(message, delivery.context)
            LogContext.$current.withValue(delivery.context) { delivery.onReport(report) }
        }
    }

    private func report(
        _ message: UnsafePointer<rd_kafka_message_t>,
        _ context: LogContext
    ) -> KafkaDeliveryReport {
        let error = message.pointee.err
        let name = message.pointee.rkt.map(topicName) ?? ""
        let hasOffset = error == RD_KAFKA_RESP_ERR_NO_ERROR && message.pointee.offset >= 0
        return KafkaDeliveryReport(
            topic: name,
            partition: KafkaPartition(rawValue: Int(message.pointee.partition)),
            offset: hasOffset ? KafkaOffset(rawValue: Int(message.pointee.offset)) : nil,
            error: error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : explain(error, topic: name),
            context: context
        )
    }

    /// The topic's name. It is kept for the next report, since most reports in a row have the same topic.
    private func topicName(_ native: OpaquePointer) -> String {
        if let topic, topic.native == native { return topic.name }
        let name = String(cString: rd_kafka_topic_name(native))
        topic = (native, name)
        return name
    }

    private func explain(_ error: rd_kafka_resp_err_t, topic: String) -> KafkaError {
        switch error {
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            purgeReason.withLock { $0 } ?? purged(error, topic: topic)
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
            KafkaError(error, subject: topic, cause: connection.lastFailure)
        default:
            KafkaError(error, subject: topic)
        }
    }

    /// A message that nobody awaits was not delivered.
    private func failed(_ report: KafkaDeliveryReport) {
        if let transactions, let error = report.error {
            // The transaction throws the error; there is no line for each message. If messages were purged because the
            // transaction failed, librdkafka knows a better reason.
            if error.code != .purged { transactions.change { _ = $0.fail(error) } }
            return
        }
        LogContext.$current.withValue(report.context) {
            ClientLog.producer.error("message not delivered", error: report.error) { $0.topic = report.topic }
        }
    }

    private func purged(_ error: rd_kafka_resp_err_t, topic: String) -> KafkaError {
        guard transactions != nil else { return KafkaError(error, subject: topic) }
        return connection.fatal
            ?? KafkaError(error, "the transaction failed before the message was delivered", subject: topic)
    }

    /// Gives a report to every message that has none, so that no task waits forever.
    override func willDestroy(_ client: OpaquePointer) {
        setPurgeReason(.producerShutDown)
        rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        rd_kafka_flush(client, 1000)
        _ = finishServing()
    }
}

extension KafkaError {
    static var producerShutDown: KafkaError {
        KafkaError(.shutdown, "the producer was shut down")
    }
}
