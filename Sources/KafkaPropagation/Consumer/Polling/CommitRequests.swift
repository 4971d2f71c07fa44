internal import CMALoggerRDKafka
internal import ContextPropagation
internal import Synchronization

/// The commits that wait for the broker's answer.
///
/// librdkafka's background thread receives the answers, and not the poll loop. A commit is therefore answered even
/// while the application takes no record, and an answer does not count as a poll of the group.
final class CommitRequests: Sendable {
    private struct Request {
        let answer: @Sendable (Result<Void, KafkaError>) -> Void
        let deadline: ContinuousClock.Instant
    }

    private struct State {
        var next: UInt = 0
        var requests: [UInt: Request] = [:]
        var isClosed = false
        /// The time until which no request is overdue.
        var nextDeadline: ContinuousClock.Instant?
    }

    // @unchecked: any thread may use a queue of librdkafka.
    private struct Queue: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private let order = StateMutex(())
    private let state = Mutex(State())
    private let counters: ConsumerCounters
    private let connection: ConnectionState
    /// Made for the first commit, because it starts a thread. This object owns it until ``destroyQueue()``.
    private let queue = Mutex(Queue(pointer: nil))

    init(counters: ConsumerCounters, connection: ConnectionState) {
        self.counters = counters
        self.connection = connection
    }

    /// Runs `body`, which decides which offsets to commit and sends them, while no other such body runs. Otherwise two
    /// callers could send their offsets in the wrong order, and the group's offset would go back. `body` must not call
    /// this function.
    func inOrder<Success, Failure: Error>(_ body: () throws(Failure) -> Success) throws(Failure) -> Success {
        try order.withLock { _ throws(Failure) in try body() }
    }

    /// Sends a commit. Commits reach the broker in the order of the calls.
    ///
    /// - Parameters:
    ///   - client: The consumer's client.
    ///   - timeout: The longest time to wait for the answer. A commit may still succeed later.
    ///   - offsets: The offsets; nil commits the stored ones.
    func send(
        _ client: OpaquePointer,
        timeout: Duration,
        _ offsets: consuming PartitionList?
    ) -> Promise<Result<Void, KafkaError>> {
        let promise = Promise<Result<Void, KafkaError>>()
        send(client, timeout: timeout, offsets) { promise.resolve($0) }
        return promise
    }

    /// Sends a commit and calls `answer` once, on any thread, also before this returns.
    func send(
        _ client: OpaquePointer,
        timeout: Duration,
        _ offsets: consuming PartitionList?,
        answer: @escaping @Sendable (Result<Void, KafkaError>) -> Void
    ) {
        let deadline = ContinuousClock.now + timeout
        let number = state.withLock { state -> UInt? in
            if state.isClosed { return nil }
            state.next += 1
            state.requests[state.next] = Request(answer: answer, deadline: deadline)
            state.nextDeadline = min(state.nextDeadline ?? deadline, deadline)
            return state.next
        }
        guard let number else { return answer(.failure(.consumerShutDown)) }
        let queue = queue.withLock { queue in
            if queue.pointer == nil { queue = Queue(pointer: rd_kafka_queue_get_background(client)) }
            return queue
        }
        guard let pointer = queue.pointer else {
            return finish(number, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, nil)
        }
        let error = enqueue(client, pointer, number, offsets)
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { finish(number, error, nil) }
    }

    private func enqueue(
        _ client: OpaquePointer,
        _ queue: OpaquePointer,
        _ number: UInt,
        _ offsets: consuming PartitionList?
    ) -> rd_kafka_resp_err_t {
        let list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>? =
            switch offsets {
            case .some(let offsets): offsets.pointer
            case .none: nil
            }
        // librdkafka copies the list.
        let error = rd_kafka_commit_queue(
            client,
            list,
            queue,
            { client, code, partitions, number in
                guard let client else { return }
                ConsumerCallbacks.lend(rd_kafka_opaque(client)) { callbacks in
                    callbacks.commits.finish(UInt(bitPattern: number), code, partitions)
                }
            },
            UnsafeMutableRawPointer(bitPattern: number)
        )
        return error
    }

    private func finish(
        _ number: UInt,
        _ code: rd_kafka_resp_err_t,
        _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let result = result(code, partitions)
        state.withLock { $0.requests.removeValue(forKey: number) }?.answer(result)
    }

    /// Makes the result from the answer of the broker.
    func result(
        _ code: rd_kafka_resp_err_t,
        _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> Result<Void, KafkaError> {
        // This code means that nothing was stored since the last commit.
        if code == RD_KAFKA_RESP_ERR__NO_OFFSET { return .success(()) }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { return .failure(KafkaError(code, cause: connection.lastFailure)) }
        if let partitions, let error = PartitionList.firstError(partitions) { return .failure(error) }
        counters.commits.wrappingAdd(1, ordering: .relaxed)
        return .success(())
    }

    /// Fails the requests whose deadline has passed. The poll loop calls it in each round.
    func expire(now: ContinuousClock.Instant) {
        let late = state.withLock { state -> [Request] in
            guard let deadline = state.nextDeadline, deadline <= now else { return [] }
            let late = state.requests.filter { $0.value.deadline <= now }
            for number in late.keys { state.requests[number] = nil }
            state.nextDeadline = state.requests.values.map(\.deadline).min()
            return Array(late.values)
        }
        if late.isEmpty { return }
        let error = KafkaError(
            RD_KAFKA_RESP_ERR__TIMED_OUT,
            "the broker did not answer the commit in time; it may still store the offsets",
            cause: connection.lastFailure
        )
        for request in late { request.answer(.failure(error)) }
    }

    /// Fails every request without an answer, and every later request.
    func close() {
        let requests = state.withLock { state in
            state.isClosed = true
            defer { state.requests = [:] }
            return state.requests
        }
        for request in requests.values { request.answer(.failure(.consumerShutDown)) }
    }

    /// Destroys the queue. Nobody sends a commit any more.
    func destroyQueue() {
        queue.withLock { queue in
            if let pointer = queue.pointer { rd_kafka_queue_destroy(pointer) }
            queue = Queue(pointer: nil)
        }
    }
}
