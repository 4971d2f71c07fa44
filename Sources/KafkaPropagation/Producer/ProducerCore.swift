internal import CMALoggerRDKafka
internal import ContextPropagation
internal import Synchronization

/// The parts of a ``KafkaProducer``: the client, and a thread that serves its delivery reports.
///
/// Threads that enqueue messages also serve some reports, because a thread that only serves reports halves the rate on
/// two cores. The core's own thread serves them while no thread enqueues, and while a task waits.
final class ProducerCore: Sendable {
    enum Phase {
        case running
        case closing(deadline: ContinuousClock.Instant)
        case closed(KafkaError?)
    }

    struct State {
        var phase = Phase.running
        /// The tasks that wait for room in the queue, in the order in which they came.
        var roomWaiters = WaiterQueue<Promise<Void>>()
        /// Resolved and removed when every message has its report.
        var flushed: Promise<Void>?
        /// How many calls wait for that.
        var flushes = 0
    }

    private static let maximumKibibytesName = "queue.buffering.max.kbytes"

    /// How many messages are enqueued before the enqueuing thread serves reports.
    private static let serveInterval = 512

    let client: ClientHandle
    let callbacks: ProducerCallbacks
    let channel: ReportChannel
    let codecs: HeaderCodecs
    let blockingCalls: BlockingCalls
    /// Nil for a producer without transactions.
    let transactions: ProducerTransactions?
    let shutdownTimeout: Duration
    /// `queue.buffering.max.kbytes`: the most kibibytes of all values in the queue.
    private let maximumQueuedKibibytes: Int
    let state = Mutex(State())
    let gate = ProduceGate()
    /// Resolved when the shutdown has ended.
    let closed = Promise<Void>()
    private let isServing = Atomic<Bool>(false)
    private let lastServed = Atomic(MonotonicTime.now)
    private let wasServed = Atomic<Bool>(false)
    private let enqueued = Atomic<Int>(0)
    /// How many calls wait until no thread serves.
    private let exclusiveCalls = Atomic<Int>(0)
    /// How many tasks wait for a report or for room. If any does, the core's thread serves without a pause.
    private let waiting = Atomic<Int>(0)

    init(_ configuration: KafkaProducerConfiguration) throws(KafkaError) {
        let properties = try configuration.checkedProperties
        let native = try KafkaProducerConfiguration.native(properties)
        let limit = native.number(named: "queue.buffering.max.messages") ?? 100_000
        maximumQueuedKibibytes = native.number(named: Self.maximumKibibytesName) ?? 1_048_576
        let transactions = ProducerTransactions(properties, callTimeout: configuration.transactionCallTimeout)
        self.transactions = transactions
        channel = ReportChannel(capacity: limit > 0 ? limit : Int(Int32.max)) { report, drop in
            switch drop {
            case .onArrival: ProducerCallbacks.failed(report, transactions)
            // The transaction of the message may have ended, and another one may be open.
            case .later: if transactions == nil { ProducerCallbacks.failed(report, nil) }
            }
        }
        callbacks = ProducerCallbacks(channel: channel, transactions: transactions)
        client = try ClientHandle(RD_KAFKA_PRODUCER, native, callbacks: callbacks)
        callbacks.watch(client.pointer)
        blockingCalls = BlockingCalls(connection: callbacks.connection, shutdownError: .producerShutDown)
        codecs = configuration.headerCodecs
        shutdownTimeout = configuration.shutdownTimeout
        let watch = ConnectionWatch(client, callbacks, properties: properties, log: ClientLog.producer)
        if !NamedThread.start("kafka-producer", { self.run(watch) }) { throw .noThread }
        do throws(KafkaError) {
            try startTransactions()
        } catch {
            // The thread that has started keeps the producer otherwise.
            shutDown()
            throw error
        }
    }

    /// How many messages have no report yet.
    var outstanding: Int {
        let finished = callbacks.delivered.load(ordering: .relaxed) + callbacks.failed.load(ordering: .relaxed)
        return max(0, enqueued.load(ordering: .relaxed) - finished)
    }

    /// How many messages have no report, plus the events that librdkafka has not delivered.
    var unserved: Int { Int(rd_kafka_outq_len(client.pointer)) }

    /// Whether messages have no report yet, or a thread is giving reports to their receivers.
    // The count is read first: if it is 0 because of a thread that serves, that thread is seen to serve.
    var isReporting: Bool { unserved > 0 || isServing.load(ordering: .acquiring) }

    /// Nanoseconds since a thread last served reports. A call that serves them by itself counts as long as it runs.
    var sinceLastServed: UInt64 {
        if isServedByCall { return 0 }
        return MonotonicTime.elapsed(from: lastServed.load(ordering: .relaxed), to: MonotonicTime.now)
    }

    var waker: Waker { callbacks.waker }

    // MARK: Producing

    enum Acceptance {
        case accepted
        case full
        case refused(KafkaError)
    }

    /// Passes a message to librdkafka. If librdkafka refuses it, the reference of `tag` is released.
    func produce(
        _ message: borrowing KafkaMessage,
        _ context: LogContext,
        _ tag: UnsafeMutableRawPointer,
        in transaction: KafkaTransaction?
    ) -> Acceptance {
        let acceptance = accept(message, context, tag, transaction)
        guard case .accepted = acceptance else {
            DeliveryTag.discard(tag)
            return transaction == nil ? acceptance : explained(acceptance)
        }
        return acceptance
    }

    private func accept(
        _ message: borrowing KafkaMessage,
        _ context: LogContext,
        _ tag: UnsafeMutableRawPointer,
        _ transaction: KafkaTransaction?
    ) -> Acceptance {
        if gate.isClosed { return .refused(.producerShutDown) }
        // Outside the gate, because a codec may be a user's code and take long.
        var native: NativeMessage
        do throws(KafkaError) {
            native = try NativeMessage(message, context, codecs)
        } catch {
            return .refused(error)
        }
        var count = 0
        var acceptance = produce(message, &native, tag, &count, transaction)
        if case .full = acceptance, serveWhileEnqueuing() {
            acceptance = produce(message, &native, tag, &count, transaction)
        }
        switch acceptance {
        case .accepted: if count % Self.serveInterval == 0 { _ = serveWhileEnqueuing() }
        case .full: if let error = tooLarge(message) { return .refused(error) }
        case .refused: break
        }
        return acceptance
    }

    /// The error of a message for which not even an empty queue has room; nil for any other message. librdkafka counts
    /// the bytes of the values only.
    private func tooLarge(_ message: borrowing KafkaMessage) -> KafkaError? {
        let size = message.value?.count ?? 0
        guard size > maximumQueuedKibibytes * 1024 else { return nil }
        return KafkaError(
            .messageTooLarge,
            "the value has \(size) bytes, and the whole queue may have \(maximumQueuedKibibytes * 1024)",
            subject: message.topic,
            hint: "Raise \(Self.maximumKibibytesName), which is \(maximumQueuedKibibytes)"
        )
    }

    private func serveWhileEnqueuing() -> Bool {
        guard serve(milliseconds: 0) else { return false }
        wasServed.store(true, ordering: .relaxed)
        return true
    }

    private func produce(
        _ message: borrowing KafkaMessage,
        _ native: inout NativeMessage,
        _ tag: UnsafeMutableRawPointer,
        _ count: inout Int,
        _ transaction: KafkaTransaction?
    ) -> Acceptance {
        guard gate.enter() else { return .refused(.producerShutDown) }
        defer { gate.leave() }
        if transactions != nil {
            guard let transaction else { return .refused(.outsideTransaction) }
            guard transaction.gate.enter() else { return .refused(.transactionEnded) }
        }
        defer { transaction?.gate.leave() }
        // Inside the gate, so the handles are there until every thread has left.
        let topic: OpaquePointer?
        do throws(KafkaError) {
            topic = try callbacks.topics.handle(of: message.topic, client.pointer)
        } catch {
            return .refused(error)
        }
        let acceptance = native.produce(message, to: topic, tag, client.pointer)
        if case .accepted = acceptance { count = enqueued.wrappingAdd(1, ordering: .relaxed).newValue }
        return acceptance
    }

    /// Suspends until the queue may have room again. Returns false if the task is cancelled.
    func waitForRoom() async -> Bool {
        let room = Promise<Void>()
        let ticket = state.withLock { state -> WaiterQueue<Promise<Void>>.Ticket? in
            guard case .running = state.phase else { return nil }
            return state.roomWaiters.append(room)
        }
        guard let ticket else { return true }
        beginWaiting()
        let isGranted = await room.valueUnlessCancelled != nil
        endWaiting()
        if isGranted { return true }
        let isWaiting = state.withLock { $0.roomWaiters.remove(ticket) }
        // This task was granted room that it does not use: the next one gets it.
        if !isWaiting { grantRoom(1) }
        return false
    }

    /// How many tasks wait for room in the queue.
    var waitingForRoom: Int { state.withLock { $0.roomWaiters.count } }

    /// Makes the core's thread serve reports without a pause until ``endWaiting()``.
    func beginWaiting() {
        if waiting.wrappingAdd(1, ordering: .relaxed).oldValue == 0 { waker.wake() }
    }

    func endWaiting() {
        waiting.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Suspends until every message has its report. Returns false if the task is cancelled.
    func flush() async -> Bool {
        let flushed = state.withLock { state -> Promise<Void>? in
            if case .closed = state.phase { return nil }
            if state.flushed == nil { state.flushes = 0 }
            let flushed = state.flushed ?? Promise()
            state.flushed = flushed
            state.flushes += 1
            return flushed
        }
        guard let flushed else { return true }
        beginWaiting()
        defer { endWaiting() }
        if await flushed.valueUnlessCancelled != nil { return true }
        state.withLock { state in
            guard state.flushed === flushed else { return }
            state.flushes -= 1
            // As long as anyone flushes, librdkafka sends each message without a linger.
            if state.flushes == 0 { state.flushed = nil }
        }
        return false
    }

    // MARK: Serving

    /// Serves the reports that have come, and waits up to `milliseconds` for the first one. Returns false if another
    /// thread serves.
    func serve(milliseconds: Int32, flushing: Bool = false) -> Bool {
        guard isServing.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return false }
        callbacks.beginServing(inBatches: !flushing)
        if flushing {
            rd_kafka_flush(client.pointer, milliseconds)
        } else {
            rd_kafka_poll(client.pointer, milliseconds)
        }
        finishServing()
        return true
    }

    private func finishServing() {
        let reports = callbacks.finishServing()
        lastServed.store(MonotonicTime.now, ordering: .relaxed)
        isServing.store(false, ordering: .releasing)
        if reports > 0 { grantRoom(reports) }
    }

    /// Makes a call of librdkafka that serves reports by itself, with no other thread serving. Blocks.
    func servingAlone<Result>(_ call: () -> Result) -> Result {
        exclusiveCalls.wrappingAdd(1, ordering: .relaxed)
        defer { exclusiveCalls.wrappingSubtract(1, ordering: .relaxed) }
        while !isServing.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged {
            // Ends the poll of the thread that serves.
            if let queue = rd_kafka_queue_get_main(client.pointer) {
                rd_kafka_queue_yield(queue)
                rd_kafka_queue_destroy(queue)
            }
            Platform.sleep(milliseconds: 1)
        }
        callbacks.beginServing(inBatches: false)
        defer { finishServing() }
        return call()
    }

    /// Makes librdkafka send the enqueued messages, and blocks until each has its report or the time has passed.
    func flush(milliseconds: Int32) {
        servingAlone { _ = rd_kafka_flush(client.pointer, milliseconds) }
    }

    /// Removes every message without a report, when the producer ends.
    func purge(_ reason: KafkaError) {
        callbacks.setPurgeReason(reason)
        purge(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    }

    /// Removes the messages that wait for a connection that the brokers refuse. Their reports say so.
    ///
    /// The thread of the producer calls this in each round: librdkafka reports the error of a broker again only after
    /// 30 seconds, and messages may come meanwhile. A message in flight has found a broker, and may be acknowledged.
    func purgeRefused() {
        guard let refusal = callbacks.connection.refusal, outstanding > 0 else { return }
        callbacks.noteRefused(refusal)
        purge(RD_KAFKA_PURGE_F_QUEUE)
    }

    private func purge(_ messages: Int32) {
        rd_kafka_purge(client.pointer, messages | RD_KAFKA_PURGE_F_NON_BLOCKING)
    }

    private func grantRoom(_ count: Int) {
        guard waiting.load(ordering: .relaxed) > 0 else { return }
        let granted = state.withLock { state in
            var granted: [Promise<Void>] = []
            while granted.count < count, let room = state.roomWaiters.popFirst() { granted.append(room) }
            return granted
        }
        for room in granted { room.resolve(()) }
    }

    private func run(_ watch: consuming ConnectionWatch) {
        while state.withLock({ if case .running = $0.phase { true } else { false } }) {
            if isServedByCall {
                waker.wait(milliseconds: 1)
            } else if waiting.load(ordering: .relaxed) > 0 {
                serveWaiting(milliseconds: 100)
                // Wakes one waiter in each round, because room may have become free before the waiter came.
                grantRoom(1)
            } else {
                serveUnlessEnqueuersDo()
            }
            watch.look(waiting: outstanding, progress: callbacks.delivered.load(ordering: .relaxed))
            if callbacks.connection.refusal != nil {
                // The answer of a broker that accepts the connection ends the refusal.
                callbacks.probe.ask(client, callbacks.connection)
                purgeRefused()
            }
        }
        close()
    }

    /// Whether a call of librdkafka serves the reports by itself.
    private var isServedByCall: Bool { exclusiveCalls.load(ordering: .relaxed) > 0 }

    /// Serves the reports for which tasks wait. Waits up to `milliseconds` for the first one.
    private func serveWaiting(milliseconds: Int32) {
        let isFlushing = state.withLock { $0.flushed != nil }
        let isServed = serve(milliseconds: isFlushing ? min(milliseconds, 20) : milliseconds, flushing: isFlushing)
        if !isServed { waker.wait(milliseconds: 1) }
        finishFlushing()
    }

    /// Serves reports on the producer's thread until the condition holds, at most until the deadline.
    func serve(until condition: () -> Bool, deadline: ContinuousClock.Instant) {
        while !condition(), .now < deadline {
            if isServedByCall { waker.wait(milliseconds: 1) } else { serveWaiting(milliseconds: 5) }
        }
    }

    /// Serves each report when it comes, while no thread that enqueues serves.
    private func serveUnlessEnqueuersDo() {
        if wasServed.exchange(false, ordering: .relaxed) { return waker.wait(milliseconds: 10) }
        // The flag is set before the reports that are there are served, so a later report wakes this thread.
        callbacks.awaitsReports.store(true, ordering: .sequentiallyConsistent)
        _ = serve(milliseconds: 0)
        waker.wait(milliseconds: 100)
        callbacks.awaitsReports.store(false, ordering: .relaxed)
    }

    private func finishFlushing() {
        guard !isReporting else { return }
        let flushed = state.withLock { $0.flushed.take() }
        flushed?.resolve(())
    }
}
