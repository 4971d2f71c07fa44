internal import CRDKafka

extension KafkaConsumer {
    /// Goes on reading these partitions from other places: numbers, or ``KafkaOffset/beginning``, ``KafkaOffset/end``,
    /// ``KafkaOffset/tail(_:)``. Records that were read ahead are dropped: the next one that is taken is at the new place.
    ///
    /// - Parameters:
    ///   - places: Where to go on, in partitions that are assigned.
    ///   - timeout: How long to wait for a partition that was assigned just now.
    /// - Throws: ``KafkaError/Code/notAssigned`` for a partition that is not.
    public func seek(_ places: [KafkaTopicPartitionOffset], timeout: Duration = .seconds(10)) async throws(KafkaError) {
        if places.isEmpty { return }
        let deadline = ContinuousClock.Instant.now + timeout
        let partitions = places.map(\.topicPartition)
        try await checkAssigned(partitions)
        let places = try await resolved(places, timeout: timeout)
        while true {
            let isDone = try await core.perform { core throws(KafkaError) -> Bool in
                try core.checkAssigned(partitions)
                return try core.seek(places)
            }
            if isDone { return }
            if .now >= deadline {
                throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "the partitions were not ready to seek in time")
            }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                throw KafkaError(
                    RD_KAFKA_RESP_ERR__TIMED_OUT,
                    "the task was cancelled before the partitions were ready"
                )
            }
        }
    }

    private func checkAssigned(_ partitions: [KafkaTopicPartition]) async throws(KafkaError) {
        try await core.perform { core throws(KafkaError) in try core.checkAssigned(partitions) }
    }

    /// The places as numbers. librdkafka would ask the broker for a word's meaning some time after the seek: what is sent
    /// meanwhile would count as being before the end.
    private func resolved(
        _ places: [KafkaTopicPartitionOffset],
        timeout: Duration
    ) async throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        var resolved = places
        for (index, place) in places.enumerated() {
            guard let offset = place.offset, !offset.isAbsolute, offset != .storedOffset else { continue }
            let marks = try await watermarks(of: place.topicPartition, timeout: timeout)
            resolved[index].offset = offset.resolved(within: marks)
        }
        return resolved
    }

    /// Goes on reading these partitions with the first record at or after a moment; where there is none, with the next that
    /// comes.
    ///
    /// The embedded cluster does not know offsets for times.
    ///
    /// - Parameters:
    ///   - partitions: Partitions that are assigned.
    ///   - time: The moment, by the records' timestamps.
    ///   - timeout: How long to wait for the broker.
    public func seek(
        _ partitions: [KafkaTopicPartition],
        to time: KafkaTimestamp,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) {
        try await seek(try await offsets(of: partitions, at: time, timeout: timeout), timeout: timeout)
    }

    /// Asks the broker for the place of the first record at or after a moment; ``KafkaOffset/end`` where there is none.
    public func offsets(
        of partitions: [KafkaTopicPartition],
        at time: KafkaTimestamp,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        let core = core
        return try await ClientThread.blocking("kafka-offsets") {
            Result { () throws(KafkaError) in
                let list = PartitionList(
                    partitions.map {
                        KafkaTopicPartitionOffset(
                            topicPartition: $0,
                            offset: KafkaOffset(rawValue: Int(time.millisecondsSinceEpoch))
                        )
                    }
                )
                try core.check(
                    rd_kafka_offsets_for_times(core.client.pointer, list.pointer, timeout.wholeMilliseconds)
                )
                try list.checkEach()
                return list.offsets
            }
        }
    }

    /// Reads no more of these partitions until ``resume(topicPartitions:)``. Records that were read ahead are kept back.
    ///
    /// librdkafka throws its own look-ahead away and reads it again later: for a burst the bounds of the consumer are the
    /// better brake.
    public func pause(topicPartitions: [KafkaTopicPartition]) async throws(KafkaError) {
        try await core.perform { core throws(KafkaError) in
            let list = PartitionList(topicPartitions)
            try core.check(rd_kafka_pause_partitions(core.client.pointer, list.pointer))
            core.handOver.park(topicPartitions)
            try list.checkEach()
        }
    }

    /// Goes on reading partitions that were paused, with the first record that has not been taken.
    public func resume(topicPartitions: [KafkaTopicPartition]) async throws(KafkaError) {
        try await core.perform { core throws(KafkaError) in
            let list = PartitionList(topicPartitions)
            try core.check(rd_kafka_resume_partitions(core.client.pointer, list.pointer))
            core.handOver.unpark(topicPartitions)
            try list.checkEach()
        }
    }

    /// Where the application stands in these partitions: the place of the next record that is taken. An offset of nil where
    /// nothing has been read yet.
    public func position(_ partitions: [KafkaTopicPartition]) throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        try core.position(partitions)
    }

    /// How many records each assigned partition holds behind the place where the application stands, by what the broker said
    /// last. A partition of which nothing is known yet is left out.
    public func lag() throws(KafkaError) -> [KafkaTopicPartition: Int] {
        try core.lag()
    }

    /// Asks the broker for the first and the next offset of a partition.
    public func watermarks(
        of partition: KafkaTopicPartition,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> Range<KafkaOffset> {
        let core = core
        return try await ClientThread.blocking("kafka-offsets") {
            Result { () throws(KafkaError) in
                var low: Int64 = 0
                var high: Int64 = 0
                let error = rd_kafka_query_watermark_offsets(
                    core.client.pointer,
                    partition.topic,
                    partition.partition.native,
                    &low,
                    &high,
                    timeout.wholeMilliseconds
                )
                if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                    throw KafkaError(error, subject: "\(partition)", cause: core.callbacks.connection.lastFailure)
                }
                return KafkaOffset(rawValue: Int(low))..<KafkaOffset(rawValue: Int(Swift.max(low, high)))
            }
        }
    }
}
