internal import CRDKafka
internal import ContextPropagation
internal import Synchronization

/// What works behind a ``KafkaProducer``: the client, and a thread that serves its delivery reports.
///
/// Reports are served by whoever is there. A thread of their own halves the rate on two cores, so the threads that enqueue
/// serve them now and then, and the core's own thread only steps in where nobody enqueues, or where a task waits.
final class ProducerCore: Sendable {
    private enum Phase {
        case running
        case closing(deadline: ContinuousClock.Instant)
        case closed(KafkaError?)
    }

    private struct State {
        var phase = Phase.running
        var roomWaiters: [Waiter<Void>] = []
        var flushWaiters: [Waiter<Void>] = []
        var closeWaiters: [Waiter<Void>] = []
    }

    /// How many messages are enqueued between two looks at the reports.
    private static let serveInterval = 512

    let client: ClientHandle
    let callbacks: ProducerCallbacks
    let channel: ReportChannel
    let codecs: HeaderCodecs
    private let shutdownTimeout: Duration
    private let waker = Waker()
    private let state = Mutex(State())
    private let isOpen = Atomic<Bool>(true)
    private let isServing = Atomic<Bool>(false)
    private let wasServed = Atomic<Bool>(false)
    private let enqueued = Atomic<Int>(0)
    /// How many tasks wait for anything: then the core's thread serves at once.
    private let waiting = Atomic<Int>(0)

    init(_ configuration: KafkaProducerConfiguration) throws(KafkaError) {
        let properties = configuration.nativeProperties
        let limit = properties.last { $0.name == "queue.buffering.max.messages" }.flatMap { Int($0.value) } ?? 100_000
        channel = ReportChannel(capacity: limit > 0 ? limit : Int(Int32.max))
        callbacks = ProducerCallbacks(channel: channel)
        client = try ClientHandle(RD_KAFKA_PRODUCER, properties, callbacks: callbacks)
        codecs = configuration.headerCodecs
        shutdownTimeout = configuration.shutdownTimeout
        if !NamedThread.start("kafka-producer", { self.run() }) { throw .noThread }
    }

    /// Messages that no report has come for yet.
    var outstanding: Int {
        let finished = callbacks.delivered.load(ordering: .relaxed) + callbacks.failed.load(ordering: .relaxed)
        return max(0, enqueued.load(ordering: .relaxed) - finished)
    }

    /// Messages, and anything else that librdkafka waits to tell.
    private var unserved: Int { Int(rd_kafka_outq_len(client.pointer)) }

    // MARK: Producing

    enum Acceptance {
        case accepted
        case full
        case refused(KafkaError)
    }

    /// Hands a message to librdkafka. The tag's reference is taken back where it is not accepted.
    func produce(_ message: borrowing KafkaMessage, _ context: LogContext, _ tag: DeliveryTag) -> Acceptance {
        guard isOpen.load(ordering: .relaxed) else { return .refused(.producerShutDown) }
        let opaque = tag.retained()
        var acceptance = NativeMessage.produce(message, context, codecs, opaque, to: client.pointer)
        if case .full = acceptance, serve(milliseconds: 0) {
            acceptance = NativeMessage.produce(message, context, codecs, opaque, to: client.pointer)
        }
        guard case .accepted = acceptance else {
            _ = DeliveryTag.consume(opaque)
            return acceptance
        }
        if enqueued.wrappingAdd(1, ordering: .relaxed).newValue % Self.serveInterval == 0 { _ = serve(milliseconds: 0) }
        return acceptance
    }

    /// Suspends until the queue may have room again. Returns false for a task that is cancelled.
    func waitForRoom() async -> Bool {
        let waiter = Waiter<Void>()
        let isRunning = state.withLock { state in
            guard case .running = state.phase else { return false }
            state.roomWaiters.append(waiter)
            return true
        }
        guard isRunning else { return true }
        return await withWaiting { await waiter.value } != nil
    }

    /// Has the core's thread serve the reports at once while `body` waits for one.
    func withWaiting<Value>(_ body: () async -> Value) async -> Value {
        if waiting.wrappingAdd(1, ordering: .relaxed).oldValue == 0 { waker.wake() }
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        return await body()
    }

    /// Suspends until every message has its report. Returns false for a task that is cancelled.
    func flush() async -> Bool {
        let waiter = Waiter<Void>()
        let isRunning = state.withLock { state in
            if case .closed = state.phase { return false }
            state.flushWaiters.append(waiter)
            return true
        }
        guard isRunning else { return true }
        let isFlushed = await withWaiting { await waiter.value } != nil
        if !isFlushed { state.withLock { state in state.flushWaiters.removeAll { $0 === waiter } } }
        return isFlushed
    }

    // MARK: Serving

    /// Serves what reports there are, waiting so long for the first. Returns false where another thread is serving.
    private func serve(milliseconds: Int32, flushing: Bool = false) -> Bool {
        guard isServing.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return false }
        if flushing {
            rd_kafka_flush(client.pointer, milliseconds)
        } else {
            rd_kafka_poll(client.pointer, milliseconds)
        }
        let served = callbacks.finishServing()
        wasServed.store(true, ordering: .relaxed)
        isServing.store(false, ordering: .releasing)
        if let refusal = served.refusal { purge(refusal) }
        if served.reports > 0 { grantRoom(served.reports) }
        return true
    }

    private func purge(_ reason: KafkaError) {
        callbacks.setPurgeReason(reason)
        rd_kafka_purge(
            client.pointer,
            RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING
        )
    }

    private func grantRoom(_ count: Int) {
        guard waiting.load(ordering: .relaxed) > 0 else { return }
        state.withLock { state in
            let count = min(count, state.roomWaiters.count)
            for waiter in state.roomWaiters.prefix(count) { waiter.finish(()) }
            state.roomWaiters.removeFirst(count)
        }
    }

    private func run() {
        while state.withLock({ if case .running = $0.phase { true } else { false } }) {
            if waiting.load(ordering: .relaxed) > 0 {
                let isFlushing = state.withLock { !$0.flushWaiters.isEmpty }
                if !serve(milliseconds: isFlushing ? 20 : 100, flushing: isFlushing) { waker.wait(milliseconds: 1) }
                finishFlushing()
                // One try each, in case that what freed the room was reported before the waiter came.
                grantRoom(1)
            } else {
                waker.wait(milliseconds: unserved > 0 ? 10 : 100)
                if !wasServed.exchange(false, ordering: .relaxed) { _ = serve(milliseconds: 0) }
            }
        }
        close()
    }

    private func finishFlushing() {
        guard unserved == 0 else { return }
        state.withLock { state in
            for waiter in state.flushWaiters { waiter.finish(()) }
            state.flushWaiters = []
        }
    }

    // MARK: The end

    /// Takes no more messages, and delivers those that are there. Returns at once.
    func shutDown() {
        isOpen.store(false, ordering: .relaxed)
        state.withLock { state in
            guard case .running = state.phase else { return }
            state.phase = .closing(deadline: .now + shutdownTimeout)
        }
        waker.wake()
    }

    /// Suspends until a shutdown that somebody asked for is over. Returns false for a task that is cancelled, unless it is to
    /// wait all the same.
    func waitUntilClosed(ignoringCancellation: Bool) async throws(KafkaError) -> Bool {
        let waiter = Waiter<Void>()
        let isClosed = state.withLock { state in
            if case .closed = state.phase { return true }
            state.closeWaiters.append(waiter)
            return false
        }
        if !isClosed {
            let value: Void? = ignoringCancellation ? await waiter.uncancellableValue : await waiter.value
            if value == nil {
                state.withLock { state in state.closeWaiters.removeAll { $0 === waiter } }
                return false
            }
        }
        if case .closed(let error?) = state.withLock({ $0.phase }) { throw error }
        return true
    }

    private func close() {
        let deadline = state.withLock { state -> ContinuousClock.Instant in
            for waiter in state.roomWaiters { waiter.finish(()) }
            state.roomWaiters = []
            if case .closing(let deadline) = state.phase { return deadline }
            return .now
        }
        while unserved > 0, .now < deadline { drain(milliseconds: 50) }
        let lost = outstanding
        var error: KafkaError?
        if lost > 0 {
            error = KafkaError(
                .timedOut,
                "\(lost) messages were not acknowledged within \(shutdownTimeout) of the shutdown"
                    + (callbacks.connection.lastFailure.map { "; the last error of the connection was: \($0.message)" }
                        ?? "")
            )
            purge(error ?? .producerShutDown)
            let limit = ContinuousClock.Instant.now + .seconds(2)
            while unserved > 0, .now < limit { drain(milliseconds: 50) }
        }
        channel.finish()
        state.withLock { state in
            state.phase = .closed(error)
            for waiter in state.flushWaiters + state.closeWaiters { waiter.finish(()) }
            state.flushWaiters = []
            state.closeWaiters = []
        }
    }

    private func drain(milliseconds: Int32) {
        if !serve(milliseconds: milliseconds, flushing: true) { waker.wait(milliseconds: 1) }
    }
}
