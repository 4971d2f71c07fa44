internal import CMALoggerRDKafka
internal import ContextPropagation

/// The parts that every kind of consumer has: librdkafka's client, its callbacks and the poll loop, which gives the
/// records to a sink.
final class ConsumerClient: Sendable {
    let handle: ClientHandle
    let callbacks: ConsumerCallbacks
    let configuration: KafkaConsumerConfiguration
    let loop: PollLoop

    var pointer: OpaquePointer { handle.pointer }
    var commits: CommitRequests { callbacks.commits }

    /// Makes a client and begins to read.
    ///
    /// - Parameters:
    ///   - configuration: The consumer's configuration.
    ///   - sink: Gets the records.
    ///   - waker: Wakes the poll loop; the sink wakes the same one.
    ///   - revokeTimeout: How long the sink may wait for work in flight when partitions are given back.
    ///   - attach: Called with the client before any record is read.
    init(
        _ configuration: KafkaConsumerConfiguration,
        sink: any RecordSink,
        waker: Waker,
        revokeTimeout: Duration = .zero,
        attach: (ConsumerClient) -> Void = { _ in }
    ) throws(KafkaError) {
        self.configuration = configuration
        let properties = try configuration.checkedProperties
        let native = try NativeConfiguration(properties)
        let maximumPollInterval = KafkaConsumerConfiguration.maximumPollInterval(of: native)
        let levels = QueueLevels(native)
        callbacks = ConsumerCallbacks(sink: sink, waker: waker, revokeTimeout: revokeTimeout)
        handle = try ClientHandle(RD_KAFKA_CONSUMER, native, callbacks: callbacks)
        try KafkaError.check(rd_kafka_poll_set_consumer(handle.pointer))
        try callbacks.queues.make(handle.pointer)
        loop = PollLoop(
            handle,
            callbacks,
            configuration,
            properties: properties,
            maximumPollInterval: maximumPollInterval,
            levels: levels,
            waker: waker
        )
        attach(self)
        switch configuration.consumptionStrategy.backing {
        case .group(_, let topics): try callbacks.assignment.subscribe(topics, pointer)
        case .partitions(let partitions, _): try callbacks.assignment.assign(partitions, pointer)
        }
        try loop.start()
    }

    /// Whether calls are answered with an error.
    var isEnded: Bool { loop.lifecycle.isEnded }

    func checkNotEnded() throws(KafkaError) {
        if isEnded { throw .consumerShutDown }
    }

    /// Makes a call on the poll thread.
    func perform<Success: Sendable>(
        _ call: @escaping @Sendable (ConsumerAssignment, OpaquePointer) throws(KafkaError) -> Success
    ) async throws(KafkaError) -> Success {
        try await loop.commands.perform { [self] () throws(KafkaError) -> Success in
            try call(callbacks.assignment, pointer)
        }
    }

    /// Throws if librdkafka answered an error, and says what was wrong with the connection.
    func check(_ error: rd_kafka_resp_err_t) throws(KafkaError) {
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        throw KafkaError(error, cause: callbacks.connection.lastFailure)
    }

    /// Asks the group's coordinator for committed offsets. It blocks: call it on a thread of its own.
    func committed(_ partitions: [KafkaTopicPartition], timeout: Duration) throws(KafkaError) -> PartitionList {
        try answer(about: partitions, within: timeout) { milliseconds throws(KafkaError) in
            let list = try PartitionList(partitions)
            try check(rd_kafka_committed(pointer, list.pointer, milliseconds))
            try list.checkEach()
            return list
        }
    }

    /// Asks each partition's leader for the first record at or after a time. It blocks: call it on a thread of its own.
    func offsets(
        of partitions: [KafkaTopicPartition],
        at time: KafkaTimestamp,
        timeout: Duration
    ) throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        // Kafka takes -1 for the end and -2 for the beginning.
        let offset = KafkaOffset(rawValue: max(0, Int(time.millisecondsSinceEpoch)))
        let places = partitions.map { KafkaTopicPartitionOffset(topicPartition: $0, offset: offset) }
        return try answer(about: partitions, within: timeout) { milliseconds throws(KafkaError) in
            let list = try PartitionList(places)
            try check(rd_kafka_offsets_for_times(pointer, list.pointer, milliseconds))
            try list.checkEach()
            return list.offsets
        }
    }

    /// Asks the partition's leader for its first offset and the offset behind its last record. It blocks: call it on a
    /// thread of its own.
    func watermarks(of partition: KafkaTopicPartition, timeout: Duration) throws(KafkaError) -> KafkaWatermarks {
        try KafkaError.check(topic: partition.topic)
        return try answer(about: [partition], within: timeout) { milliseconds throws(KafkaError) in
            var low: Int64 = 0
            var high: Int64 = 0
            let error = rd_kafka_query_watermark_offsets(
                pointer,
                partition.topic,
                partition.partition.native,
                &low,
                &high,
                milliseconds
            )
            if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                throw KafkaError(error, subject: "\(partition)", cause: callbacks.connection.lastFailure)
            }
            return KafkaWatermarks(low: KafkaOffset(rawValue: Int(low)), high: KafkaOffset(rawValue: Int(high)))
        }
    }

    /// Makes a blocking call again and again while the asked broker answers that another one took its role, and while a
    /// partition has no leader.
    ///
    /// librdkafka looks for the new broker by itself, and leaves it to the caller to ask again.
    ///
    /// - Parameters:
    ///   - partitions: The partitions that the call asks for.
    ///   - timeout: How long to try.
    ///   - call: Gets the time that is left, in milliseconds.
    func answer<Success: ~Copyable>(
        about partitions: [KafkaTopicPartition],
        within timeout: Duration,
        _ call: (Int32) throws(KafkaError) -> Success
    ) throws(KafkaError) -> Success {
        let deadline = ContinuousClock.now + timeout
        while true {
            do throws(KafkaError) {
                return try call(ContinuousClock.now.duration(to: deadline).wholeMilliseconds)
            } catch {
                let error = withoutLeader(error, partitions, until: deadline)
                // At the deadline, the caller would get a timeout instead of this answer.
                let next = ContinuousClock.now + .milliseconds(100)
                guard error.isFromFormerBroker, next + .milliseconds(50) < deadline, !isEnded else { throw error }
                Platform.sleep(milliseconds: 100)
            }
        }
    }

    /// Tells partitions without a leader from partitions that do not exist.
    ///
    /// librdkafka calls both unknown. And it does not ask for the new leader of a partition that had none, or of a
    /// topic that the client does not read. So this asks the cluster, which also renews what librdkafka knows.
    ///
    /// - Returns: `error`, if it says something else; the error of the cluster's answer, if there is none.
    private func withoutLeader(
        _ error: KafkaError,
        _ partitions: [KafkaTopicPartition],
        until deadline: ContinuousClock.Instant
    ) -> KafkaError {
        guard error.isAboutLeader else { return error }
        do throws(KafkaError) {
            for (topic, partitions) in Dictionary(grouping: partitions, by: \.topic) {
                let known = try handle.metadata(
                    of: topic,
                    timeout: ContinuousClock.now.duration(to: deadline),
                    connection: callbacks.connection,
                    isPolled: true
                ).topics.flatMap(\.partitions).map(\.id)
                for partition in partitions where !known.contains(partition.partition) {
                    return KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, subject: "\(partition)")
                }
            }
        } catch let failure {
            return failure
        }
        if error.librdkafkaCode != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION.rawValue { return error }
        let subject = partitions.map(\.description).joined(separator: ", ")
        return KafkaError(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, subject: subject)
    }
}

extension ClientHandle {
    /// The offset behind the last record of a partition, as the broker said last; nil if it is not known.
    func knownEnd(of partition: KafkaTopicPartition) -> Int? {
        var low: Int64 = 0
        var high: Int64 = 0
        let error = rd_kafka_get_watermark_offsets(
            pointer,
            partition.topic,
            partition.partition.native,
            &low,
            &high
        )
        return error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? Int(high) : nil
    }
}
