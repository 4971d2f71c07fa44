internal import CMALoggerRDKafka
internal import ContextPropagation

extension KafkaConsumer {
    /// Returns the offset of the next record that the application takes, for each of these partitions.
    ///
    /// An offset is nil if the application has taken nothing yet and nothing waits for it, and for a partition that is
    /// not assigned.
    public func position(topicPartitions: [KafkaTopicPartition]) throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        try core.position(topicPartitions)
    }

    /// Returns the number of records after the application's position in each assigned partition, as of the broker's
    /// last answer.
    ///
    /// The result omits a partition about which nothing is known yet.
    public func lag() throws(KafkaError) -> [KafkaTopicPartition: Int] {
        try core.lag()
    }

    /// Asks the broker for the first offset of a partition and the offset after its last record. With
    /// ``KafkaConsumerConfiguration/IsolationLevel/readCommitted``, the end is at most the first offset of an open
    /// transaction: no record from there on can be read yet.
    ///
    /// - Parameters:
    ///   - partition: The partition.
    ///   - timeout: The longest time that the call takes, even if the broker hangs.
    /// - Throws: ``KafkaError/Code/timedOut``, ``KafkaError/Code/cancelled``, or ``KafkaError/Code/shutdown`` after
    ///   ``shutdown()``.
    public func watermarks(
        of partition: KafkaTopicPartition,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> KafkaWatermarks {
        let consumer = core.consumer
        return try await consumer.loop.blockingCalls.run("kafka-offsets", timeout: timeout, subject: "\(partition)") {
            () throws(KafkaError) -> KafkaWatermarks in
            try consumer.watermarks(of: partition, timeout: timeout)
        }
    }

    /// Asks the broker for the offset of the first record at or after a time in each partition. The result is
    /// ``KafkaOffset/end`` if there is none.
    ///
    /// - Parameters:
    ///   - partitions: The partitions.
    ///   - time: The time. It is compared with the timestamps of the records. A time before 1970 counts as the start of
    ///     1970, because no record is older.
    ///   - timeout: The longest time that the call takes, even if the broker hangs.
    public func offsets(
        of partitions: [KafkaTopicPartition],
        at time: KafkaTimestamp,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        let consumer = core.consumer
        return try await consumer.loop.blockingCalls.run("kafka-offsets", timeout: timeout) {
            () throws(KafkaError) -> [KafkaTopicPartitionOffset] in
            try consumer.offsets(of: partitions, at: time, timeout: timeout)
        }
    }

    /// Asks the broker for the offsets that the group has committed. An offset is nil if the group has committed none.
    ///
    /// - Parameters:
    ///   - topicPartitions: The partitions.
    ///   - timeout: The longest time that the call takes, even if the broker hangs or the group's coordinator moves to
    ///     another broker.
    /// - Throws: ``KafkaError/Code/configuration`` for a consumer without a group; ``KafkaError/Code/timedOut``;
    ///   ``KafkaError/Code/cancelled``.
    public func committed(
        topicPartitions: [KafkaTopicPartition],
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        let consumer = core.consumer
        try consumer.checkGroup()
        return try await consumer.loop.blockingCalls.run("kafka-committed", timeout: timeout) {
            () throws(KafkaError) -> [KafkaTopicPartitionOffset] in
            try consumer.committed(topicPartitions, timeout: timeout).offsets
        }
    }
}
