internal import CMALoggerRDKafka

extension ConsumerClient {
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
}
