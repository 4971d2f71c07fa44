internal import CRDKafka
internal import ContextPropagation

extension KafkaConsumer {
    /// Commits that this record and all before it in its partition are done, and suspends until the broker has it.
    ///
    /// One request each: to commit often use ``storeOffset(_:)``.
    ///
    /// - Throws: ``KafkaError/Code/rebalance`` or ``KafkaError/Code/notAssigned`` where the partition was taken away:
    ///   its records come again, to whoever has it now.
    public func commit(_ record: KafkaRecord) async throws(KafkaError) {
        try await commit([record.following])
    }

    /// Commits that these records, and all before them in their partitions, are done; see ``commit(_:)-(KafkaRecord)``.
    public func commit(_ batch: KafkaRecordBatch) async throws(KafkaError) {
        try await commit(batch.nextOffsets)
    }

    /// Commits these offsets: in each partition that of the next record to be read.
    public func commit(_ offsets: [KafkaTopicPartitionOffset]) async throws(KafkaError) {
        if offsets.isEmpty { return }
        try await commit(PartitionList(offsets))
    }

    /// Stores that this record, and all before it in its partition, are done: what ``commitStoredOffsets()`` and the
    /// policy ``KafkaConsumerConfiguration/CommitPolicy/storedOffsets(every:)`` commit. It costs no request.
    ///
    /// Where the partition was taken away it does nothing: its records come again, to whoever has it now.
    public func storeOffset(_ record: KafkaRecord) throws(KafkaError) {
        try storeOffsets([record.following])
    }

    /// Stores that these records, and all before them in their partitions, are done; see ``storeOffset(_:)``.
    public func storeOffsets(_ batch: KafkaRecordBatch) throws(KafkaError) {
        try storeOffsets(batch.nextOffsets)
    }

    private func storeOffsets(_ offsets: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        if core.isEnded { throw .consumerShutDown }
        let list = PartitionList(offsets)
        let error = rd_kafka_offsets_store(core.client.pointer, list.pointer)
        // What it answers where the partition is not, or no longer, ours.
        if error == RD_KAFKA_RESP_ERR__STATE || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION { return }
        try KafkaError.check(error)
    }

    /// Commits what is stored, and suspends until the broker has it. With nothing stored it does nothing.
    public func commitStoredOffsets() async throws(KafkaError) {
        try await commit(nil)
    }

    private func commit(_ offsets: consuming PartitionList?) async throws(KafkaError) {
        if core.isEnded { throw .consumerShutDown }
        let waiter = core.callbacks.commit(core.client.pointer, offsets)
        // The last commits are answered at the end of the consumer: this one may have come after it.
        if core.isEnded { core.callbacks.failCommits() }
        guard let result = await waiter.uncancellableValue else { throw .consumerShutDown }
        try result.get()
    }

    /// Asks the broker what the group has committed; an offset of nil where it has nothing.
    ///
    /// - Parameters:
    ///   - partitions: Which ones.
    ///   - timeout: How long to wait for the answer, also while the group's coordinator is on its way to another
    ///     broker.
    public func committed(
        _ partitions: [KafkaTopicPartition],
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        let core = core
        return try await ClientThread.blocking("kafka-committed") {
            Result { () throws(KafkaError) in
                let deadline = ContinuousClock.now + timeout
                while true {
                    let list = PartitionList(partitions)
                    let left = ContinuousClock.now.duration(to: deadline).wholeMilliseconds
                    let error = rd_kafka_committed(core.client.pointer, list.pointer, left)
                    // librdkafka looks for the new coordinator by itself, and leaves it to us to ask again.
                    if error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR, .now < deadline {
                        Platform.sleep(milliseconds: 50)
                        continue
                    }
                    try core.check(error)
                    try list.checkEach()
                    return list.offsets
                }
            }
        }
    }
}

extension KafkaRecord {
    /// The place behind this record: what its commit says.
    fileprivate var following: KafkaTopicPartitionOffset {
        KafkaTopicPartitionOffset(topicPartition: topicPartition, offset: KafkaOffset(rawValue: offset.rawValue + 1))
    }
}

extension ConsumerCore {
    /// Throws where librdkafka answered an error, and says what was wrong with the connection.
    func check(_ error: rd_kafka_resp_err_t) throws(KafkaError) {
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        throw KafkaError(error, cause: callbacks.connection.lastFailure)
    }
}
