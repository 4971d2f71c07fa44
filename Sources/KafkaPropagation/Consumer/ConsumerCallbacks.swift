internal import CRDKafka
internal import ContextLog
internal import Synchronization

/// What librdkafka calls on behalf of a consumer. Everything but log lines is called while the consumer is polled, on its
/// own thread.
// @unchecked: the `var`s are set before the first poll and belong to the poll thread from then on.
final class ConsumerCallbacks: ClientCallbacks, @unchecked Sendable {
    let handOver: HandOver
    let waker: Waker
    let stream: AsyncStream<KafkaConsumerEvent>
    let counters = ConsumerCounters()
    private let events: AsyncStream<KafkaConsumerEvent>.Continuation
    private let commits = Mutex<(next: UInt, waiters: [UInt: Waiter<Result<Void, KafkaError>>])>((1, [:]))
    private(set) var consumerQueue: OpaquePointer?
    private(set) var recordQueue: OpaquePointer?

    init(handOver: HandOver, waker: Waker) {
        self.handOver = handOver
        self.waker = waker
        (stream, events) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
    }

    override func install(into configuration: OpaquePointer) {
        super.install(into: configuration)
        rd_kafka_conf_set_rebalance_cb(configuration) { client, code, partitions, opaque in
            guard let client, let partitions else { return }
            ConsumerCallbacks.lend(opaque) { $0.rebalance(client, code, partitions) }
        }
        rd_kafka_conf_set_offset_commit_cb(configuration) { _, code, partitions, opaque in
            ConsumerCallbacks.lend(opaque) { $0.committed(code, partitions) }
        }
    }

    override func failed(_ error: KafkaError) {
        super.failed(error)
        report(error)
        if error.isFatal || connection.isRefusal(error) { handOver.finish(error, discarding: false) }
    }

    /// Tells an error that belongs to no call.
    func report(_ error: KafkaError) {
        counters.errors.wrappingAdd(1, ordering: .relaxed)
        ClientLog.consumer.warning("consumer error", error: error)
        yield(.error(error))
    }

    private func yield(_ event: KafkaConsumerEvent) {
        if case .dropped = events.yield(event) { counters.droppedEvents.wrappingAdd(1, ordering: .relaxed) }
    }

    func finishEvents() {
        events.finish()
    }

    // MARK: Queues

    /// Makes the queues: one for the consumer's events, and one for records. They are apart so that events can be served while
    /// no record is wanted, and so that no record is in a batch while its partition is taken away.
    func makeQueues(_ client: OpaquePointer) throws(KafkaError) {
        guard let consumer = rd_kafka_queue_get_consumer(client), let records = rd_kafka_queue_new(client) else {
            throw KafkaError(.client, "the consumer's queues cannot be made")
        }
        consumerQueue = consumer
        recordQueue = records
        // Unmanaged: this object keeps the waker, and lives until the client, whose queues these are, is destroyed.
        let opaque = Unmanaged.passUnretained(waker).toOpaque()
        for queue in [consumer, records] {
            rd_kafka_queue_cb_event_enable(
                queue,
                { _, opaque in
                    guard let opaque else { return }
                    Unmanaged<Waker>.fromOpaque(opaque)._withUnsafeGuaranteedRef { $0.wake() }
                },
                opaque
            )
        }
    }

    /// Has the records of these partitions come to the queue for records. It holds over a later assignment.
    func forward(_ partitions: UnsafePointer<rd_kafka_topic_partition_list_t>, of client: OpaquePointer) {
        for element in PartitionList.elements(partitions) {
            guard let queue = rd_kafka_queue_get_partition(client, element.topic, element.partition) else { continue }
            rd_kafka_queue_forward(queue, recordQueue)
            rd_kafka_queue_destroy(queue)
        }
    }

    override func willDestroy(_ client: OpaquePointer) {
        for queue in [consumerQueue, recordQueue] {
            guard let queue else { continue }
            rd_kafka_queue_cb_event_enable(queue, nil, nil)
            rd_kafka_queue_destroy(queue)
        }
    }

    // MARK: Rebalances

    private func rebalance(
        _ client: OpaquePointer,
        _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        let partitions = PartitionList.offsets(list).map(\.topicPartition)
        let isCooperative = rd_kafka_rebalance_protocol(client).map { String(cString: $0) } == "COOPERATIVE"
        counters.rebalances.wrappingAdd(1, ordering: .relaxed)
        var failure: OpaquePointer?
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            connection.noteSuccess()
            forward(list, of: client)
            if isCooperative {
                failure = rd_kafka_incremental_assign(client, list)
            } else {
                note(rd_kafka_assign(client, list))
            }
            ClientLog.consumer.info("partitions assigned") { $0.partitions = partitions.map(\.description) }
            yield(.rebalance(KafkaConsumerRebalance(kind: .assign, partitions: partitions, isLost: false)))
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            let isLost = rd_kafka_assignment_lost(client) != 0
            // At once: an unassign that waits for handlers would discard the next assignment.
            counters.revokedRecords.wrappingAdd(handOver.drop(partitions), ordering: .relaxed)
            if isCooperative {
                failure = rd_kafka_incremental_unassign(client, list)
            } else {
                note(rd_kafka_assign(client, nil))
            }
            ClientLog.consumer.info("partitions revoked") {
                $0.partitions = partitions.map(\.description)
                $0.lost = isLost
            }
            yield(.rebalance(KafkaConsumerRebalance(kind: .revoke, partitions: partitions, isLost: isLost)))
        default:
            note(code)
            counters.revokedRecords.wrappingAdd(handOver.drop(partitions), ordering: .relaxed)
            note(rd_kafka_assign(client, nil))
        }
        if let failure { report(KafkaError(consuming: failure)) }
    }

    private func note(_ code: rd_kafka_resp_err_t) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { report(KafkaError(code)) }
    }

    // MARK: Commits

    /// Commits offsets, or what is stored where they are nil. The answer comes with a poll.
    func commit(_ client: OpaquePointer, _ offsets: borrowing PartitionList?) -> Waiter<Result<Void, KafkaError>> {
        let waiter = Waiter<Result<Void, KafkaError>>()
        let number = commits.withLock { commits in
            commits.next += 1
            commits.waiters[commits.next] = waiter
            return commits.next
        }
        let list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>? =
            switch offsets {
            case .some(let offsets): offsets.pointer
            case .none: nil
            }
        let error = rd_kafka_commit_queue(
            client,
            list,
            consumerQueue,
            { client, code, partitions, number in
                guard let client else { return }
                ConsumerCallbacks.lend(rd_kafka_opaque(client)) { callbacks in
                    callbacks.finishCommit(UInt(bitPattern: number), code, partitions)
                }
            },
            UnsafeMutableRawPointer(bitPattern: number)
        )
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { finishCommit(number, error, nil) }
        return waiter
    }

    private func finishCommit(
        _ number: UInt,
        _ code: rd_kafka_resp_err_t,
        _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let result = result(code, partitions)
        commits.withLock { $0.waiters.removeValue(forKey: number) }?.finish(result)
    }

    /// The answer to a commit that librdkafka made by itself.
    private func committed(
        _ code: rd_kafka_resp_err_t,
        _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        if case .failure(let error) = result(code, partitions) { report(error) }
    }

    private func result(
        _ code: rd_kafka_resp_err_t,
        _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> Result<Void, KafkaError> {
        // Nothing was stored since the last commit.
        if code == RD_KAFKA_RESP_ERR__NO_OFFSET { return .success(()) }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { return .failure(KafkaError(code)) }
        if let partitions, let error = PartitionList.firstError(partitions) { return .failure(error) }
        counters.commits.wrappingAdd(1, ordering: .relaxed)
        return .success(())
    }

    /// Answers the commits that no poll will answer any more.
    func failCommits() {
        let waiters = commits.withLock { commits in
            defer { commits.waiters = [:] }
            return commits.waiters
        }
        for waiter in waiters.values { waiter.finish(.failure(.consumerShutDown)) }
    }
}

extension KafkaError {
    static var consumerShutDown: KafkaError {
        KafkaError(.shutdown, "the consumer was shut down")
    }
}
