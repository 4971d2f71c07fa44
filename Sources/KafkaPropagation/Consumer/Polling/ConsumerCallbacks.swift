internal import CMALoggerRDKafka
internal import ContextLog
internal import Synchronization

/// The callbacks of a consumer. librdkafka calls them on the poll thread, except for log lines and the answers to
/// commits.
// @unchecked: every property is constant. Its type is Sendable, or explains why it is safe here.
final class ConsumerCallbacks: ClientCallbacks, @unchecked Sendable {
    let sink: any RecordSink
    let queues: ConsumerQueues
    let assignment: ConsumerAssignment
    let stream: AsyncStream<KafkaConsumerEvent>
    let counters = ConsumerCounters()
    let commits: CommitRequests
    private let events: AsyncStream<KafkaConsumerEvent>.Continuation
    private let revokeTimeout: Duration
    private let leaving = Mutex<LeavingGroup?>(nil)

    /// - Parameters:
    ///   - sink: Gets the records.
    ///   - waker: Wakes the poll loop.
    ///   - revokeTimeout: How long the sink may wait for work in flight when partitions are given back.
    init(sink: any RecordSink, waker: Waker, revokeTimeout: Duration) {
        self.sink = sink
        self.revokeTimeout = revokeTimeout
        queues = ConsumerQueues(isByPartition: sink.readsByPartition, waker: waker)
        (stream, events) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
        let connection = ConnectionState()
        commits = CommitRequests(counters: counters, connection: connection)
        assignment = ConsumerAssignment(sink: sink, queues: queues, commits: commits)
        super.init(connection: connection)
    }

    override func install(into configuration: OpaquePointer) {
        super.install(into: configuration)
        rd_kafka_conf_set_rebalance_cb(configuration) { client, code, partitions, opaque in
            guard let client, let partitions else { return }
            ConsumerCallbacks.lend(opaque) { $0.rebalance(client, code, partitions) }
        }
        // This callback gets the answers to commits that librdkafka sends by itself.
        rd_kafka_conf_set_offset_commit_cb(configuration) { _, code, partitions, opaque in
            ConsumerCallbacks.lend(opaque) { callbacks in
                if case .failure(let error) = callbacks.commits.result(code, partitions) { callbacks.report(error) }
            }
        }
    }

    /// Receives the answer to a commit that the poll loop sent by itself.
    func noteAnswer(_ answer: Result<Void, KafkaError>, to descents: [RecordLedger.Descent]) {
        var isCommitted = true
        if case .failure(let error) = answer {
            isCommitted = false
            // The poll loop sends it again.
            if !error.isRetriable { report(error) }
        }
        sink.noteAnswer(to: descents, isCommitted: isCommitted)
    }

    override func failed(_ error: KafkaError) {
        super.failed(error)
        report(error)
        if let end = error.isFatal ? error : connection.refusal { sink.end(end, discarding: false) }
    }

    /// Reports an error that belongs to no call.
    func report(_ error: KafkaError) {
        counters.errors.wrappingAdd(1, ordering: .relaxed)
        // The connection watch tells of this state in its own line. librdkafka repeats the error every second.
        let isDown = error.librdkafkaCode == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue
        ClientLog.consumer.log(isDown ? .debug : .warning, "consumer error", error: error)
        yield(.error(error))
    }

    private func yield(_ event: KafkaConsumerEvent) {
        if case .dropped = events.yield(event) { counters.droppedEvents.wrappingAdd(1, ordering: .relaxed) }
    }

    func finishEvents() {
        events.finish()
    }

    override func willDestroy(_ client: OpaquePointer) {
        queues.destroy()
        commits.destroyQueue()
    }

    // MARK: Rebalances

    /// From now on, rebalances are answered with no partitions, and within a time.
    func beginLeaving(_ group: LeavingGroup) {
        leaving.withLock { $0 = group }
    }

    func endLeaving() {
        leaving.withLock { $0 = nil }
    }

    private func rebalance(
        _ client: OpaquePointer,
        _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        var partitions = PartitionList.offsets(list).map(\.topicPartition)
        let isCooperative = assignment.isCooperative(client)
        counters.rebalances.wrappingAdd(1, ordering: .relaxed)
        var failure: OpaquePointer?
        let leaving = leaving.withLock(\.self)
        switch code {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS where leaving != nil:
            leaving?.assignNothing()
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            connection.noteSuccess()
            // librdkafka then reads nothing else, also if the application assigned partitions by name.
            if !isCooperative { revoke(assignment.assigned, isLost: false) }
            assignment.begin(partitions, client)
            if isCooperative {
                failure = rd_kafka_incremental_assign(client, list)
            } else {
                note(rd_kafka_assign(client, list))
            }
            ClientLog.consumer.info("partitions assigned") { $0.partitions = partitions.map(\.description) }
            yield(.rebalance(KafkaConsumerRebalance(kind: .assign, partitions: partitions)))
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            let isLost = rd_kafka_assignment_lost(client) != 0
            // The list names only the partitions of the group.
            if !isCooperative { partitions = assignment.assigned }
            revoke(partitions, isLost: isLost)
            if let leaving {
                leaving.assignNothing()
            } else if isCooperative {
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
            revoke(assignment.assigned, isLost: true)
            if let leaving { leaving.assignNothing() } else { note(rd_kafka_assign(client, nil)) }
        }
        if let failure { report(KafkaError(consuming: failure)) }
    }

    /// Drops the records of these partitions within a bound. An unassign that waited for handlers for long would make
    /// librdkafka discard the next assignment.
    private func revoke(_ partitions: [KafkaTopicPartition], isLost: Bool) {
        let dropped = assignment.revoke(partitions, isLost: isLost, timeout: isLost ? .zero : revokeTimeout)
        counters.revokedRecords.wrappingAdd(dropped, ordering: .relaxed)
    }

    private func note(_ code: rd_kafka_resp_err_t) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { report(KafkaError(code)) }
    }
}
