internal import CMALoggerRDKafka
internal import ContextLog
internal import Synchronization

/// The partitions of a consumer. It assigns, seeks, pauses and restarts them, and notifies the sink.
// @unchecked: only the poll thread uses it, apart from the atomic. Before that thread starts, the initialiser of the
// core uses it.
final class ConsumerAssignment: @unchecked Sendable {
    private(set) var table = PartitionTable()
    var assigned: [KafkaTopicPartition] { table.assigned.map(\.topicPartition) }
    /// Whether partitions were assigned since the poll loop last asked.
    private var isNew = false
    /// Whether the application, and not the group, chose the partitions.
    private var isNamed = false
    /// The offsets at which the application asked to begin. It has no entries for partitions from the group.
    private var requested: [KafkaTopicPartition: KafkaOffset] = [:]
    /// The partitions that librdkafka holds back, also after they were taken away.
    private var paused: Set<KafkaTopicPartition> = []
    private let sink: any RecordSink
    private let queues: ConsumerQueues
    private let commits: CommitRequests
    private let groupState = Atomic(ConsumerGroupStage.joining.rawValue)

    init(sink: any RecordSink, queues: ConsumerQueues, commits: CommitRequests) {
        self.sink = sink
        self.queues = queues
        self.commits = commits
    }

    /// The stage of the consumer in its group. Any thread may read it.
    var group: ConsumerGroupStage {
        ConsumerGroupStage(rawValue: groupState.load(ordering: .relaxed)) ?? .joining
    }

    private func enter(_ group: ConsumerGroupStage) {
        groupState.store(group.rawValue, ordering: .relaxed)
    }

    /// Whether partitions were assigned since the last call.
    func takesNew() -> Bool {
        defer { isNew = false }
        return isNew
    }

    func noteRecords(of batch: RecordBatch) {
        for partition in batch.partitions where partition.index >= 0 { table.noteRecord(of: partition) }
    }

    /// Forwards the queues of the partitions without a record so far.
    func forwardAgain(_ client: OpaquePointer) {
        let partitions = table.withoutRecords
        if !partitions.isEmpty { queues.forward(partitions, of: client) }
    }

    // MARK: Assignments of the application

    func subscribe(_ topics: [String], _ client: OpaquePointer) throws(KafkaError) {
        let list = try PartitionList(subscribing: topics)
        try giveNamedUp(client)
        try KafkaError.check(rd_kafka_subscribe(client, list.pointer), subject: topics.joined(separator: ", "))
        requested = [:]
        enter(.joining)
    }

    func unsubscribe(_ client: OpaquePointer) throws(KafkaError) {
        try giveNamedUp(client)
        try KafkaError.check(rd_kafka_unsubscribe(client))
    }

    /// Gives up the partitions that the application named: for those, librdkafka calls nothing.
    private func giveNamedUp(_ client: OpaquePointer) throws(KafkaError) {
        guard isNamed else { return }
        isNamed = false
        _ = revoke(assigned, isLost: false, timeout: .zero)
        try replaceAssignment(with: PartitionList([KafkaTopicPartition]()), client)
    }

    func assign(_ partitions: [KafkaTopicPartitionOffset], _ client: OpaquePointer) throws(KafkaError) {
        try KafkaError.check(starts: partitions)
        try checkMayAssign(client)
        let places = partitions.map(\.topicPartition)
        let list = try PartitionList(partitions)
        _ = revoke(assigned, isLost: false, timeout: .zero)
        requested = Dictionary(
            partitions.compactMap { place in place.offset.map { (place.topicPartition, $0) } },
            uniquingKeysWith: { $1 }
        )
        begin(places, client)
        do throws(KafkaError) {
            try replaceAssignment(with: list, client)
            isNamed = true
        } catch {
            _ = revoke(places, isLost: false, timeout: .zero)
            throw error
        }
    }

    /// Makes librdkafka read exactly these partitions. It keeps to the protocol of the last group, also after the
    /// consumer has left it: a cooperative one accepts only changes.
    private func replaceAssignment(with list: borrowing PartitionList, _ client: OpaquePointer) throws(KafkaError) {
        guard isCooperative(client) else {
            return try KafkaError.check(
                rd_kafka_assign(client, list.pointer),
                subject: list.offsets.map(\.topicPartition.description).joined(separator: ", ")
            )
        }
        var current: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        try KafkaError.check(rd_kafka_assignment(client, &current))
        if let current {
            let old = PartitionList(owning: current)
            if let error = rd_kafka_incremental_unassign(client, old.pointer) { throw KafkaError(consuming: error) }
        }
        if let error = rd_kafka_incremental_assign(client, list.pointer) { throw KafkaError(consuming: error) }
    }

    /// Throws for a member of a cooperative group, whose assignment only the group may replace.
    private func checkMayAssign(_ client: OpaquePointer) throws(KafkaError) {
        // Before its first join, a client has no protocol yet, but its group will have one.
        let name = "partition.assignment.strategy"
        let strategies = rd_kafka_conf(client).flatMap { NativeConfiguration.value(of: name, in: $0) }
        guard isCooperative(client) || strategies?.contains("cooperative") == true else { return }
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        try KafkaError.check(rd_kafka_subscription(client, &list))
        guard let list, !PartitionList(owning: list).offsets.isEmpty else { return }
        throw KafkaError(
            .configuration,
            "a member of a cooperative group cannot assign partitions by name",
            subject: name,
            hint: "Call unsubscribe() first, or use an eager strategy such as range"
        )
    }

    // MARK: Rebalances

    /// Whether the group uses a cooperative strategy.
    func isCooperative(_ client: OpaquePointer) -> Bool {
        rd_kafka_rebalance_protocol(client).map { String(cString: $0) } == "COOPERATIVE"
    }

    /// Starts to read these partitions.
    func begin(_ partitions: [KafkaTopicPartition], _ client: OpaquePointer) {
        queues.forward(partitions, of: client)
        resumeAgain(paused.intersection(partitions), client)
        sink.assigned(table.assign(partitions))
        isNew = true
        isNamed = false
        enter(.assigned)
    }

    /// Gives these partitions up. Returns the number of their records that were read and not taken.
    func revoke(_ partitions: [KafkaTopicPartition], isLost: Bool, timeout: Duration) -> Int {
        let revoked = table.revoke(partitions)
        // An offset that was sought counts only as long as the partition is assigned.
        for partition in revoked { requested[partition.topicPartition] = nil }
        // A rebalance takes nothing from a member without a partition.
        if revoked.isEmpty { return 0 }
        if table.assigned.isEmpty { enter(.rebalancing) }
        let dropped = sink.revoked(revoked, isLost: isLost, timeout: timeout)
        queues.close(revoked.map(\.topicPartition))
        return dropped
    }

    // MARK: Seeking and pausing

    func checkAssigned(_ partitions: [KafkaTopicPartition]) throws(KafkaError) {
        for partition in partitions where table[partition] == nil { throw .notAssigned(partition) }
    }

    /// Moves partitions to other offsets. Returns those that have no position yet, for which the caller must try again.
    /// The others may have delivered records from their new offsets by then.
    func seek(
        _ places: [KafkaTopicPartitionOffset],
        _ client: OpaquePointer
    ) throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        try checkAssigned(places.map(\.topicPartition))
        let list = try PartitionList(places)
        // librdkafka's main thread answers, not a broker. Versions before 2.1 read the timeout as microseconds.
        let timeout: Int32 = rd_kafka_version() < 0x0201_0000 ? 2_000_000 : 2000
        if let error = rd_kafka_seek_partitions(client, list.pointer, timeout) { throw KafkaError(consuming: error) }
        // The waiting records come from the old offset. librdkafka drops the records in its own queues. It still reads
        // a partition that had no position from the old offset.
        let answers = zip(list.offsets, PartitionList.elements(list.pointer).map(\.err))
        let done = answers.filter { $0.1 == RD_KAFKA_RESP_ERR_NO_ERROR }.map(\.0)
        // In order: a record of the old offset that is being stored is stored before, and the next commit forgets it.
        try commits.inOrder { () throws(KafkaError) in
            sink.restarted(table.restart(done.map(\.topicPartition)), at: done.map(\.offset))
            try forgetStored(done.map(\.topicPartition), client)
        }
        for place in done { requested[place.topicPartition] = place.offset }
        var waiting: [KafkaTopicPartitionOffset] = []
        for (place, error) in answers {
            switch error {
            case RD_KAFKA_RESP_ERR_NO_ERROR: break
            case RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS: waiting.append(place)
            default: throw KafkaError(error, subject: "\(place.topicPartition)")
            }
        }
        return waiting
    }

    /// Makes librdkafka forget the offsets that were stored. It would commit them at the latest when the partitions are
    /// given back.
    private func forgetStored(_ partitions: [KafkaTopicPartition], _ client: OpaquePointer) throws(KafkaError) {
        let list = try PartitionList(partitions)
        _ = rd_kafka_offsets_store(client, list.pointer)
    }

    func pause(_ partitions: [KafkaTopicPartition], _ client: OpaquePointer) throws(KafkaError) {
        let list = try PartitionList(partitions)
        try KafkaError.check(rd_kafka_pause_partitions(client, list.pointer))
        paused.formUnion(partitions)
        sink.paused(partitions.compactMap { table[$0] })
        try list.checkEach()
    }

    func resume(_ partitions: [KafkaTopicPartition], _ client: OpaquePointer) throws(KafkaError) {
        let list = try PartitionList(partitions)
        try KafkaError.check(rd_kafka_resume_partitions(client, list.pointer))
        paused.subtract(partitions)
        sink.resumed(partitions.compactMap { table[$0] })
        try list.checkEach()
    }

    /// Makes librdkafka read these partitions again. It keeps a partition paused that is taken away and given back.
    private func resumeAgain(_ partitions: Set<KafkaTopicPartition>, _ client: OpaquePointer) {
        if partitions.isEmpty { return }
        paused.subtract(partitions)
        guard let list = try? PartitionList(Array(partitions)) else { return }
        rd_kafka_resume_partitions(client, list.pointer)
    }

    // MARK: Partitions that failed to start

    /// Assigns partitions that failed to start again; see ``FailedStart``. A partition that only has no record yet
    /// looks the same if the error named no partition. It is assigned again too.
    func restartUnbegun(_ failed: FailedStart.Partitions, _ client: OpaquePointer) throws(KafkaError) {
        let list = try PartitionList(assigned)
        try KafkaError.check(rd_kafka_position(client, list.pointer))
        let places = list.offsets
        // A partition with an offset from the application does not need the coordinator.
        let unbegun = places.filter { place in
            place.offset == nil && failed.contains(place.topicPartition)
                && requested[place.topicPartition] ?? .storedOffset == .storedOffset
        }.map { KafkaTopicPartitionOffset(topicPartition: $0.topicPartition, offset: .storedOffset) }
        let isEager = rd_kafka_rebalance_protocol(client).map { String(cString: $0) } == "EAGER"
        // An eager member can assign only all of its partitions, and those that have begun must not begin again.
        if unbegun.isEmpty || (isEager && unbegun.count < places.count) { return }
        let again = try PartitionList(unbegun)
        if isEager {
            try KafkaError.check(rd_kafka_assign(client, nil))
            try KafkaError.check(rd_kafka_assign(client, again.pointer))
        } else {
            if let error = rd_kafka_incremental_unassign(client, again.pointer) { throw KafkaError(consuming: error) }
            if let error = rd_kafka_incremental_assign(client, again.pointer) { throw KafkaError(consuming: error) }
        }
        isNew = true
        ClientLog.consumer.notice("reassigning partitions that failed to start") {
            $0.partitions = unbegun.map(\.topicPartition.description)
        }
    }
}
