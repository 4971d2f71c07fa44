internal import CMALoggerRDKafka
internal import ContextLog
internal import ContextPropagation
internal import Synchronization

/// The functions that librdkafka calls on behalf of a producer, and the producer's counters.
///
/// A round of serving gathers the reports, and gives them to their receivers in batches, because that costs less than
/// one at a time.
// @unchecked: only the thread that serves the producer uses the `var`s. `ProducerCore.isServing`, an atomic flag, lets
// one thread serve at a time and orders their accesses.
final class ProducerCallbacks: ClientCallbacks, @unchecked Sendable {
    let delivered = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    let latency = LatencyRecorder()
    let topics = TopicHandles()
    /// Wakes the producer's thread when reports have come and it ``awaitsReports``.
    let waker = Waker()
    let awaitsReports = Atomic<Bool>(false)

    /// How many reports are gathered before their receivers get them.
    private static let batchLimit = 256

    /// The error for the messages that the end of the producer removes from the queue.
    private let purgeReason = Mutex<KafkaError?>(nil)
    private let refusal = Mutex<KafkaError?>(nil)
    private let channel: ReportChannel
    /// Nil for a producer without transactions.
    private let transactions: ProducerTransactions?

    private var reports: [KafkaDeliveryReport] = []
    private var receivers = ReportReceivers()
    /// A context whose messages were delivered, and how many references to it are still to be released.
    private var parting: (context: Unmanaged<LogContext.Storage>, count: Int)?
    /// How many receivers the present round gathers.
    private var limit = batchLimit
    private var deliveredBefore = 0
    private var finishedBefore = 0
    private var topic: (native: OpaquePointer, name: String)?

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

    /// Makes librdkafka call the producer when reports have come. Call it once, when the client exists.
    func watch(_ client: OpaquePointer) {
        guard let queue = rd_kafka_queue_get_main(client) else { return }
        // Unmanaged: the client keeps this object until the client is destroyed, and its callbacks run only before
        // that. librdkafka's thread calls it when a report comes into an empty queue.
        let opaque = Unmanaged.passUnretained(self).toOpaque()
        rd_kafka_queue_cb_event_enable(
            queue,
            { _, opaque in
                ProducerCallbacks.lend(opaque) { callbacks in
                    if callbacks.awaitsReports.load(ordering: .relaxed) { callbacks.waker.wake() }
                }
            },
            opaque
        )
        rd_kafka_queue_destroy(queue)
    }

    /// Sets the error for messages that a purge removes from now on.
    func setPurgeReason(_ error: KafkaError) {
        purgeReason.withLock { $0 = error }
    }

    /// The refusal because of which messages were removed last. A broker may have answered before their reports come.
    var lastRefusal: KafkaError? { refusal.withLock { $0 } }

    func noteRefused(_ error: KafkaError) {
        refusal.withLock { $0 = error }
    }

    /// Begins a round of serving.
    ///
    /// - Parameter inBatches: Whether the round ends soon after its first report. If it may take longer, each receiver
    ///   gets its report at once.
    func beginServing(inBatches: Bool) {
        limit = inBatches ? Self.batchLimit : 1
    }

    /// Ends a round of serving. Returns how many reports came.
    func finishServing() -> Int {
        releaseParting()
        receivers.deliver()
        if !reports.isEmpty { passReportsOn() }
        let delivered = delivered.load(ordering: .relaxed)
        let finished = delivered + failed.load(ordering: .relaxed)
        if delivered > deliveredBefore { connection.noteSuccess() }
        defer {
            deliveredBefore = delivered
            finishedBefore = finished
            topic = nil
        }
        return finished - finishedBefore
    }

    /// Gives the gathered reports to the sequence of reports.
    private func passReportsOn() {
        let batch = reports
        // The batch is then owned by the sequence alone, which would otherwise copy it.
        reports = []
        reports = channel.append(batch)
    }

    private func finished(_ message: UnsafePointer<rd_kafka_message_t>) {
        let isDelivered = message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR
        if isDelivered {
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
            let isTraced = context._withUnsafeGuaranteedRef { MessagingSpan.isTraced(LogContext(storage: $0)) }
            if !isDelivered || isTraced {
                let report = report(message, context.retain())
                exportSpan(message, report)
                if !isDelivered { Self.failed(report, transactions) }
            }
            release(context)
        case .reported(let context):
            let report = report(message, context)
            exportSpan(message, report)
            reports.append(consume report)
            if reports.count >= Self.batchLimit {
                passReportsOn()
                // The round brings many reports, so the next batch is probably full too.
                reports.reserveCapacity(Self.batchLimit)
            }
        case .awaited(let delivery):
            receivers.add(delivery.takeRetainedValue(), outcome(message))
            if receivers.count >= limit { receivers.deliver() }
        case .callback(let delivery):
            let delivery = delivery.takeRetainedValue()
            let report = report(message, .passRetained(delivery.context.storage))
            exportSpan(message, report)
            receivers.add(consume delivery, consume report)
            if receivers.count >= limit { receivers.deliver() }
        }
    }

    /// Exports the span of a message that no task awaits, if it has one.
    @inline(__always)
    private func exportSpan(_ message: UnsafePointer<rd_kafka_message_t>, _ report: KafkaDeliveryReport) {
        if MessagingSpan.isTraced(report.context) { exportTraced(message, report) }
    }

    @inline(never)
    private func exportTraced(_ message: UnsafePointer<rd_kafka_message_t>, _ report: KafkaDeliveryReport) {
        // In microseconds, since the message was passed to librdkafka; -1 if it is not known.
        let elapsed = UInt64(clamping: rd_kafka_message_latency(message)) &* 1000
        MessagingSpan.sent(
            in: report.context,
            since: MonotonicTime.now &- elapsed,
            topic: report.topic,
            partition: report.partition,
            offset: report.offset,
            // librdkafka keeps the message until this report.
            isTombstone: message.pointee.payload == nil,
            error: report.error
        )
    }

    /// Releases a reference to the context. Messages in a row often share a context; their references are released at
    /// once.
    private func release(_ context: Unmanaged<LogContext.Storage>) {
        if let parting, parting.context.toOpaque() == context.toOpaque() {
            self.parting = (context, parting.count + 1)
        } else {
            releaseParting()
            parting = (context, 1)
        }
    }

    private func releaseParting() {
        guard let (context, count) = parting.take() else { return }
        LogContext.Storage.release(context, count: count)
    }

    private func outcome(_ message: UnsafePointer<rd_kafka_message_t>) -> AwaitedDelivery.Outcome {
        let error = message.pointee.err
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return .failed(explain(error, topic: topicName(message.pointee.rkt)))
        }
        let offset = message.pointee.offset
        return .delivered(
            KafkaPartition(rawValue: Int(message.pointee.partition)),
            offset >= 0 ? KafkaOffset(rawValue: Int(offset)) : nil
        )
    }

    /// Makes a report, which takes over a reference to `context`.
    private func report(
        _ message: UnsafePointer<rd_kafka_message_t>,
        _ context: Unmanaged<LogContext.Storage>
    ) -> KafkaDeliveryReport {
        let error = message.pointee.err
        let name = topicName(message.pointee.rkt)
        let hasOffset = error == RD_KAFKA_RESP_ERR_NO_ERROR && message.pointee.offset >= 0
        return KafkaDeliveryReport(
            topic: name,
            partition: KafkaPartition(rawValue: Int(message.pointee.partition)),
            offset: hasOffset ? KafkaOffset(rawValue: Int(message.pointee.offset)) : nil,
            error: error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : explain(error, topic: name),
            context: LogContext(storage: context.takeRetainedValue())
        )
    }

    /// The topic's name. It is kept for the next report, since most reports in a row have the same topic.
    private func topicName(_ native: OpaquePointer?) -> String {
        guard let native else { return "" }
        if let topic, topic.native == native { return topic.name }
        let name = String(cString: rd_kafka_topic_name(native))
        topic = (native, name)
        return name
    }

    private func explain(_ error: rd_kafka_resp_err_t, topic: String) -> KafkaError {
        switch error {
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            purgeReason.withLock { $0 } ?? connection.refusal ?? purged(error, topic: topic)
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
            KafkaError(error, subject: topic, cause: connection.lastFailure)
        default:
            KafkaError(error, subject: topic)
        }
    }

    /// A message that nobody awaits was not delivered.
    static func failed(_ report: KafkaDeliveryReport, _ transactions: ProducerTransactions?) {
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
        // librdkafka purges the queue after a fatal error.
        if let fatal = connection.fatal { return fatal }
        guard transactions != nil else { return lastRefusal ?? KafkaError(error, subject: topic) }
        return KafkaError(error, "the transaction failed before the message was delivered", subject: topic)
    }

    /// Gives a report to every message that has none, so that no task waits forever.
    override func willDestroy(_ client: OpaquePointer) {
        setPurgeReason(.producerShutDown)
        rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        beginServing(inBatches: false)
        rd_kafka_flush(client, 1000)
        _ = finishServing()
        topics.removeAll()
    }
}
