internal import CMALoggerRDKafka
internal import ContextPropagation

extension ConsumerClient {
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

    /// Asks the partition's leader for the offset behind its last record. It blocks: call it on a thread of its own.
    ///
    /// Unlike ``watermarks(of:timeout:)``, it returns at its timeout while the leader hangs.
    func end(of partition: KafkaTopicPartition, timeout: Duration) throws(KafkaError) -> Int {
        try answer(about: [partition], within: timeout) { milliseconds throws(KafkaError) in
            try handle.end(of: partition, milliseconds: milliseconds, cause: callbacks.connection.lastFailure)
        }
    }

    /// Asks the partition's leader for the offset of its first record. It blocks until its timeout, as
    /// ``end(of:timeout:)`` does.
    func start(of partition: KafkaTopicPartition, timeout: Duration) throws(KafkaError) -> Int {
        try answer(about: [partition], within: timeout) { milliseconds throws(KafkaError) in
            try handle.bound(
                .beginning,
                of: partition,
                milliseconds: milliseconds,
                cause: callbacks.connection.lastFailure
            )
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
    /// Asks the partition's leader once for the offset behind its last record, and blocks until it answers.
    ///
    /// - Parameters:
    ///   - partition: The partition.
    ///   - milliseconds: How long to wait for the answer.
    ///   - cause: The last error of the connection. Errors report it as their cause.
    @discardableResult
    func end(
        of partition: KafkaTopicPartition,
        milliseconds: Int32,
        cause: KafkaError? = nil
    ) throws(KafkaError) -> Int {
        try bound(.end, of: partition, milliseconds: milliseconds, cause: cause)
    }

    /// - Parameter bound: `.beginning` or `.end`.
    fileprivate func bound(
        _ bound: KafkaOffset,
        of partition: KafkaTopicPartition,
        milliseconds: Int32,
        cause: KafkaError?
    ) throws(KafkaError) -> Int {
        // librdkafka before 2.3 waits for watermarks without a limit while the leader hangs. In a question for times,
        // which it answers in time, Kafka takes these offsets for the beginning and the end.
        let list = try PartitionList([KafkaTopicPartitionOffset(topicPartition: partition, offset: bound)])
        var error = rd_kafka_offsets_for_times(pointer, list.pointer, milliseconds)
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { error = list.pointer.pointee.elems[0].err }
        let offset = Int(list.pointer.pointee.elems[0].offset)
        // Without an answer about the partition, the offset is still the one that was asked for.
        if error == RD_KAFKA_RESP_ERR_NO_ERROR, offset < 0 { error = RD_KAFKA_RESP_ERR__BAD_MSG }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(error, subject: "\(partition)", cause: cause)
        }
        return offset
    }

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
