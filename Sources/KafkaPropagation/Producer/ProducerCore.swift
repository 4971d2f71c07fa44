internal import CRDKafka
internal import ContextPropagation
internal import Synchronization

/// The client of a ``KafkaProducer``, and a thread that serves its delivery reports.
///
/// The threads that enqueue also serve reports now and then, because a thread only for reports halves the rate on two
/// cores. The core's own thread serves them while nobody enqueues, and while a task waits.
final class ProducerCore: Sendable {
    private enum Phase {
        case running
        case closing(deadline: ContinuousClock.Instant)
        case closed(KafkaError?)
    }

    private struct State {
        var phase = Phase.running
        /// Tasks that wait for room in the queue; the first has waited longest.
        var roomWaiters: [Promise<Void>] = []
        /// Resolved and replaced when every message has its report.
        var flushed: Promise<Void>?
    }

    /// How many messages are enqueued between two looks at the reports.
    private static let serveInterval = 512

    let client: ClientHandle
    let callbacks: ProducerCallbacks
    let channel: ReportChannel
    let codecs: HeaderCodecs
    let blockingCalls: BlockingCalls
    private let shutdownTimeout: Duration
    private let waker = Waker()
    private let state = Mutex(State())
    private let gate = ProduceGate()
    /// Resolved when the shutdown is over.
    private let closed = Promise<Void>()
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
        blockingCalls = BlockingCalls(connection: callbacks.connection, shutdownError: .producerShutDown)
        codecs = configuration.headerCodecs
        shutdownTimeout = configuration.shutdownTimeout
        if !NamedThread.start("kafka-producer", { self.run() }) { throw .noThread }
    }

    /// Messages without a report yet.
    var outstanding: Int {
        let finished = callbacks.delivered.load(ordering: .relaxed) + callbacks.failed.load(ordering: .relaxed)
        return max(0, enqueued.load(ordering: .relaxed) - finished)
    }

    /// Messages without a report, and other events that librdkafka has to tell.
    private var unserved: Int { Int(rd_kafka_outq_len(client.pointer)) }

    // MARK: Producing

    enum Acceptance {
        case accepted
        case full
        case refused(KafkaError)
    }

    /// Hands a message to librdkafka. The tag's reference is taken back if it is not accepted.
    func produce(_ message: borrowing KafkaMessage, _ context: LogContext, _ tag: DeliveryTag) -> Acceptance {
        if gate.isClosed { return .refused(.producerShutDown) }
        // Before the gate, since a codec may be a user's code.
        var native: NativeMessage
        do throws(KafkaError) {
            native = try NativeMessage(message, context, codecs)
        } catch {
            return .refused(error)
        }
        let opaque = tag.retained()
        var count = 0
        var acceptance = produce(message, &native, opaque, &count)
        if case .full = acceptance, serve(milliseconds: 0) {
            acceptance = produce(message, &native, opaque, &count)
        }
        guard case .accepted = acceptance else {
            _ = DeliveryTag.consume(opaque)
            return acceptance
        }
        if count % Self.serveInterval == 0 { _ = serve(milliseconds: 0) }
        return acceptance
    }

    private func produce(
        _ message: borrowing KafkaMessage,
        _ native: inout NativeMessage,
        _ opaque: UnsafeMutableRawPointer,
        _ count: inout Int
    ) -> Acceptance {
        guard gate.enter() else { return .refused(.producerShutDown) }
        defer { gate.leave() }
        let acceptance = native.produce(message, opaque, to: client.pointer)
        if case .accepted = acceptance { count = enqueued.wrappingAdd(1, ordering: .relaxed).newValue }
        return acceptance
    }

    /// Suspends until the queue may have room again. Returns false for a task that is cancelled.
    func waitForRoom() async -> Bool {
        let room = Promise<Void>()
        let isRunning = state.withLock { state in
            guard case .running = state.phase else { return false }
            state.roomWaiters.append(room)
            return true
        }
        guard isRunning else { return true }
        if await withWaiting({ await room.valueUnlessCancelled }) != nil { return true }
        let isWaiting = state.withLock { state in
            guard let index = state.roomWaiters.firstIndex(where: { $0 === room }) else { return false }
            state.roomWaiters.remove(at: index)
            return true
        }
        // The room that was granted to this task goes to the next one.
        if !isWaiting { grantRoom(1) }
        return false
    }

    /// How many tasks wait for room in the queue.
    var waitingForRoom: Int { state.withLock { $0.roomWaiters.count } }

    /// Has the core's thread serve the reports at once while `body` waits for one.
    func withWaiting<Value>(_ body: () async -> Value) async -> Value {
        if waiting.wrappingAdd(1, ordering: .relaxed).oldValue == 0 { waker.wake() }
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        return await body()
    }

    /// Suspends until every message has its report. Returns false for a task that is cancelled.
    func flush() async -> Bool {
        let flushed = state.withLock { state -> Promise<Void>? in
            if case .closed = state.phase { return nil }
            let flushed = state.flushed ?? Promise()
            state.flushed = flushed
            return flushed
        }
        guard let flushed else { return true }
        return await withWaiting { await flushed.valueUnlessCancelled } != nil
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
        let granted = state.withLock { state in
            let granted = Array(state.roomWaiters.prefix(count))
            state.roomWaiters.removeFirst(granted.count)
            return granted
        }
        for room in granted { room.resolve(()) }
    }

    private func run() {
        while state.withLock({ if case .running = $0.phase { true } else { false } }) {
            if waiting.load(ordering: .relaxed) > 0 {
                let isFlushing = state.withLock { $0.flushed != nil }
                if !serve(milliseconds: isFlushing ? 20 : 100, flushing: isFlushing) { waker.wait(milliseconds: 1) }
                finishFlushing()
                // One try each, in case the room was freed before the waiter came.
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
        let flushed = state.withLock { $0.flushed.take() }
        flushed?.resolve(())
    }

    // MARK: The end

    /// Takes no more messages, and delivers those that are there. Returns at once.
    func shutDown() {
        gate.close()
        state.withLock { state in
            guard case .running = state.phase else { return }
            state.phase = .closing(deadline: .now + shutdownTimeout)
        }
        blockingCalls.end()
        waker.wake()
    }

    /// Suspends until a shutdown that somebody asked for is over. Returns false for a task that is cancelled, unless
    /// cancellation is ignored.
    func waitUntilClosed(ignoringCancellation: Bool) async throws(KafkaError) -> Bool {
        if ignoringCancellation {
            await closed.value
        } else if await closed.valueUnlessCancelled == nil {
            return false
        }
        if case .closed(let error?) = state.withLock({ $0.phase }) { throw error }
        return true
    }

    private func close() {
        let (deadline, roomWaiters) = state.withLock { state in
            let roomWaiters = state.roomWaiters
            state.roomWaiters = []
            if case .closing(let deadline) = state.phase { return (deadline, roomWaiters) }
            return (.now, roomWaiters)
        }
        for room in roomWaiters { room.resolve(()) }
        // No thread blocks inside, so this lasts as long as one call of librdkafka.
        while !gate.isEmptyForGood { waker.wait(milliseconds: 1) }
        // Every message that was ever accepted is known to librdkafka now, and no other one follows.
        while unserved > 0, .now < deadline { drain(milliseconds: 50) }
        let lost = outstanding
        var error: KafkaError?
        if lost > 0 {
            let timeout = KafkaError(
                .timedOut,
                "\(lost) \(lost == 1 ? "message was" : "messages were") not acknowledged within \(shutdownTimeout) of the shutdown"
                    + (callbacks.connection.lastFailure.map { "; the last error of the connection was: \($0.message)" }
                        ?? "")
            )
            error = timeout
            purge(timeout)
            let limit = ContinuousClock.Instant.now + .seconds(2)
            while unserved > 0, .now < limit { drain(milliseconds: 50) }
        }
        // A program often ends after this: the lines that explain the end come first.
        LibrdkafkaLog.shared.flush(within: .milliseconds(500))
        let flushed = state.withLock { state in
            state.phase = .closed(error)
            return state.flushed.take()
        }
        flushed?.resolve(())
        closed.resolve(())
        // A thread of librdkafka may be blocked, as in a look-up of a host: its messages are told when it returns.
        while unserved > 0 { drain(milliseconds: 50) }
        channel.finish()
    }

    private func drain(milliseconds: Int32) {
        if !serve(milliseconds: milliseconds, flushing: true) { waker.wait(milliseconds: 1) }
    }
}
