internal import CRDKafka
internal import ContextLog
internal import ContextPropagation
internal import Synchronization

/// What works behind a ``KafkaConsumer``: the client, and a thread that polls it and makes every call between two polls
/// that must not be made during one.
final class ConsumerCore: Sendable {
    typealias Command = @Sendable () -> Void

    private struct State {
        var commands: [Command] = []
        var assigned: [KafkaTopicPartition: KafkaOffset] = [:]
        var isStopping = false
        var isClosing = false
        var isEnded = false
        var isClosed = false
        var closeWaiters: [Waiter<Void>] = []
        var stopWaiters: [Waiter<Void>] = []
    }

    private static let batchSize = 1000

    let client: ClientHandle
    let callbacks: ConsumerCallbacks
    let configuration: KafkaConsumerConfiguration
    var handOver: HandOver { callbacks.handOver }
    private let waker: Waker
    private let state = Mutex(State())

    init(_ configuration: KafkaConsumerConfiguration) throws(KafkaError) {
        self.configuration = configuration
        waker = Waker()
        let handOver = HandOver(limit: configuration.maximumBufferedRecords, waker: waker)
        callbacks = ConsumerCallbacks(handOver: handOver, waker: waker)
        client = try ClientHandle(RD_KAFKA_CONSUMER, try configuration.checkedProperties, callbacks: callbacks)
        try KafkaError.check(rd_kafka_poll_set_consumer(client.pointer))
        try callbacks.makeQueues(client.pointer)
        switch configuration.consumptionStrategy.backing {
        case .group(_, let topics): try subscribe(topics)
        case .partitions(let partitions, _): try assign(partitions)
        }
        if !NamedThread.start("kafka-consumer", { self.run() }) { throw .noThread }
    }

    func subscribe(_ topics: [String]) throws(KafkaError) {
        state.withLock { $0.assigned = [:] }
        let list = PartitionList(topics.map { KafkaTopicPartition(topic: $0, partition: .unassigned) })
        try KafkaError.check(rd_kafka_subscribe(client.pointer, list.pointer), subject: topics.joined(separator: ", "))
    }

    /// Where the application asked to begin in a partition; nil in those that came from the group.
    func assignedOffset(of partition: KafkaTopicPartition) -> KafkaOffset? {
        state.withLock { $0.assigned[partition] }
    }

    func assign(_ partitions: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        state.withLock { state in
            state.assigned = [:]
            for partition in partitions { state.assigned[partition.topicPartition] = partition.offset }
        }
        let list = PartitionList(
            partitions.map { partition in
                var partition = partition
                if partition.offset == nil { partition.offset = .storedOffset }
                return partition
            }
        )
        callbacks.forward(list.pointer, of: client.pointer)
        try KafkaError.check(
            rd_kafka_assign(client.pointer, list.pointer),
            subject: partitions.map(\.topicPartition.description).joined(separator: ", ")
        )
    }

    /// The error for which nothing can be read any more, if there is one.
    var failure: KafkaError? { handOver.failure }

    /// Whether calls can still be answered.
    var isEnded: Bool { state.withLock { $0.isEnded } }

    // MARK: Calls on the poll thread

    /// Makes a call between two polls.
    func perform<Success: Sendable>(
        _ call: @escaping @Sendable (ConsumerCore) throws(KafkaError) -> Success
    ) async throws(KafkaError) -> Success {
        let waiter = Waiter<Result<Success, KafkaError>>()
        let isAccepted = state.withLock { state in
            if state.isEnded { return false }
            state.commands.append {
                do throws(KafkaError) {
                    waiter.finish(.success(try call(self)))
                } catch {
                    waiter.finish(.failure(error))
                }
            }
            return true
        }
        guard isAccepted else { throw .consumerShutDown }
        waker.wake()
        // A call is short and always made: a task that is cancelled waits for it, too, and gets what came of it.
        guard let result = await waiter.uncancellableValue else { throw .consumerShutDown }
        return try result.get()
    }

    private func runCommands() {
        let commands = state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
        for command in commands { command() }
    }

    // MARK: The poll loop

    private func run() {
        let messages = UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>.allocate(
            capacity: Self.batchSize
        )
        messages.initialize(repeating: nil)
        defer { messages.deallocate() }
        var poll = PollState()
        while true {
            runCommands()
            let (isStopping, isClosing) = state.withLock { ($0.isStopping, $0.isClosing) }
            if isClosing, isStopping, handOver.isDrained || poll.isOverdue(configuration.shutdownTimeout) { break }
            poll.note(handOver.progress)
            if poll.takesRestart, !isStopping { restartUnbegun() }
            // Not polled, a member is put out of its group after the poll interval: that is what an application
            // deserves that takes no record for so long.
            if !poll.isStuck(for: configuration.maximumPollInterval) { serveEvents(messages, &poll) }
            let room = isStopping ? 0 : handOver.room(averageSize: poll.averageSize)
            if room > 0 {
                let limit = min(room, messages.count)
                let count = rd_kafka_consume_batch_queue(callbacks.recordQueue, 0, messages.baseAddress, limit)
                if count > 0 { take(UnsafeMutableBufferPointer(rebasing: messages[..<count]), &poll) }
                if count == limit { continue }
            }
            waker.wait(milliseconds: 100)
        }
        close(messages)
    }

    private func serveEvents(
        _ messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>,
        _ poll: inout PollState
    ) {
        while let message = rd_kafka_consumer_poll(client.pointer, 0) {
            // Records come to their own queue; one that was on its way when its partition was forwarded may still come
            // here.
            messages[0] = message
            take(UnsafeMutableBufferPointer(rebasing: messages[..<1]), &poll)
        }
    }

    private func take(
        _ messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>,
        _ poll: inout PollState
    ) {
        for (index, message) in messages.enumerated() {
            guard let message, message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            if Self.preventsBegin(message.pointee.err) { poll.orderRestart() }
            failed(message)
            messages[index] = nil
        }
        let batch = RecordBatch(messages, of: client, configuration.headerCodecs, callbacks.counters)
        if batch.slots.isEmpty { return }
        callbacks.connection.noteSuccess()
        callbacks.counters.records.wrappingAdd(batch.slots.count, ordering: .relaxed)
        callbacks.counters.bytes.wrappingAdd(batch.bytes, ordering: .relaxed)
        poll.averageSize = batch.bytes / batch.slots.count
        handOver.append(batch)
    }

    private func failed(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        defer { rd_kafka_message_destroy(message) }
        let code = message.pointee.err
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF { return }
        let topic = message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) }
        let error = KafkaError(
            code,
            rd_kafka_message_errstr(message).map { String(cString: $0) },
            subject: topic.map { "\($0) [\(message.pointee.partition)]" }
        )
        callbacks.failed(error)
    }

    // MARK: The end

    /// Ends the iteration: no more records are given. Returns at once.
    func stop() {
        handOver.finish(discarding: true)
        state.withLock { state in
            state.isStopping = true
            for waiter in state.stopWaiters { waiter.finish(()) }
            state.stopWaiters = []
        }
        waker.wake()
    }

    /// Suspends until somebody stops the iteration. Returns false for a task that is cancelled.
    func waitUntilStopped() async -> Bool {
        let waiter = Waiter<Void>()
        let isStopping = state.withLock { state in
            if !state.isStopping { state.stopWaiters.append(waiter) }
            return state.isStopping
        }
        if isStopping { return true }
        if await waiter.value != nil { return true }
        state.withLock { state in state.stopWaiters.removeAll { $0 === waiter } }
        return false
    }

    /// Ends the iteration, and leaves the group when the record in the application's hands is done. Returns at once.
    func shutDown() {
        stop()
        state.withLock { $0.isClosing = true }
        waker.wake()
    }

    /// Suspends until the client has left its group, also in a task that is cancelled.
    func waitUntilClosed() async {
        let waiter = Waiter<Void>()
        let isClosed = state.withLock { state in
            if !state.isClosed { state.closeWaiters.append(waiter) }
            return state.isClosed
        }
        if !isClosed { _ = await waiter.uncancellableValue }
    }

    private func close(_ messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>) {
        state.withLock { $0.isEnded = true }
        runCommands()
        if let error = rd_kafka_consumer_close_queue(client.pointer, callbacks.consumerQueue) {
            rd_kafka_error_destroy(error)
        } else {
            // Bounded: after a lost partition or broker the group may never let go.
            let deadline = ContinuousClock.Instant.now + configuration.shutdownTimeout
            var poll = PollState()
            while rd_kafka_consumer_closed(client.pointer) == 0, .now < deadline {
                serveEvents(messages, &poll)
                if rd_kafka_consumer_closed(client.pointer) == 0 { waker.wait(milliseconds: 10) }
            }
            if rd_kafka_consumer_closed(client.pointer) == 0 {
                ClientLog.consumer.error("the consumer did not leave its group in time") {
                    $0.client = client.name
                }
            }
        }
        handOver.finish(discarding: true)
        callbacks.failCommits()
        callbacks.finishEvents()
        state.withLock { state in
            state.isClosed = true
            for waiter in state.closeWaiters { waiter.finish(()) }
            state.closeWaiters = []
        }
    }
}

/// What the poll loop remembers from one round to the next.
private struct PollState {
    var averageSize = 0
    private var taken = 0
    private var lastProgress = ContinuousClock.now
    private var closingSince: ContinuousClock.Instant?
    private var restartAt: ContinuousClock.Instant?

    /// Has partitions that did not begin assigned anew, a moment after an error: the next one must not come at once.
    mutating func orderRestart() {
        if restartAt == nil { restartAt = .now + .milliseconds(200) }
    }

    /// Whether that is due; then it is no more.
    var takesRestart: Bool {
        mutating get {
            guard let at = restartAt, at <= .now else { return false }
            restartAt = nil
            return true
        }
    }

    mutating func note(_ progress: (taken: Int, isIdle: Bool)) {
        if progress.isIdle || progress.taken != taken {
            taken = progress.taken
            lastProgress = .now
        }
    }

    func isStuck(for interval: Duration) -> Bool {
        lastProgress.duration(to: .now) > interval
    }

    mutating func isOverdue(_ timeout: Duration) -> Bool {
        let since = closingSince ?? .now
        closingSince = since
        return since.duration(to: .now) > timeout
    }
}
