internal import CMALoggerRDKafka

extension KafkaConsumer {
    /// Continues to read partitions at other offsets. The next record of each partition is the one at its new offset.
    ///
    /// Records that were read ahead are dropped. Records that were taken before no longer count: committing one of them
    /// does nothing, and a stored offset that is not committed yet is forgotten. To keep it, call
    /// ``KafkaConsumer/commit()`` before.
    ///
    ///     let place = KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .tail(100))
    ///     try await consumer.seek(topicPartitionOffsets: [place])
    ///
    /// - Parameters:
    ///   - topicPartitionOffsets: The new offsets. Each partition must be assigned, and be named only once. The offsets
    ///     are numbers, or ``KafkaOffset/beginning``, ``KafkaOffset/end`` and ``KafkaOffset/tail(_:)``, which the
    ///     broker resolves.
    ///   - timeout: The longest time that the call takes.
    /// - Throws: ``KafkaError/Code/notAssigned`` for a partition that is not assigned; ``KafkaError/Code/timedOut``,
    ///   whose subject names the partitions that could not be moved; ``KafkaError/Code/cancelled``;
    ///   ``KafkaError/Code/invalidArgument`` for a partition that is named twice, or an offset that cannot be sought.
    ///   Then nothing is moved.
    public func seek(
        topicPartitionOffsets: [KafkaTopicPartitionOffset],
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) {
        if topicPartitionOffsets.isEmpty { return }
        let deadline = ContinuousClock.Instant.now + timeout
        let partitions = topicPartitionOffsets.map(\.topicPartition)
        try await core.consumer.perform { assignment, _ throws(KafkaError) in try assignment.checkAssigned(partitions) }
        try KafkaError.check(starts: topicPartitionOffsets)
        // librdkafka would move the others first, and some versions then drop the records of this one.
        for place in topicPartitionOffsets where place.offset == nil || place.offset == .storedOffset {
            throw KafkaError(
                .invalidArgument,
                "only a number, .beginning, .end or .tail(_:) can be sought",
                subject: "\(place.topicPartition)",
                hint: "Ask for the group's offset with committed(topicPartitions:)"
            )
        }
        var waiting = try await resolved(topicPartitionOffsets, deadline: deadline)
        while true {
            if Task.isCancelled { throw .cancelled }
            waiting = try await core.consumer.perform { [waiting] assignment, client throws(KafkaError) in
                try assignment.seek(waiting, client)
            }
            if waiting.isEmpty { return }
            if .now >= deadline {
                throw KafkaError(
                    RD_KAFKA_RESP_ERR__TIMED_OUT,
                    "the partitions did not start in time; seek again later or with a longer timeout",
                    subject: waiting.map(\.topicPartition.description).joined(separator: ", ")
                )
            }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                throw .cancelled
            }
        }
    }

    /// Returns the offsets as numbers. librdkafka would resolve a symbolic offset some time after the seek, and would
    /// then skip records that are sent meanwhile.
    private func resolved(
        _ places: [KafkaTopicPartitionOffset],
        deadline: ContinuousClock.Instant
    ) async throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        var resolved = places
        for (index, place) in places.enumerated() {
            guard let offset = place.offset, !offset.isAbsolute else { continue }
            let left = ContinuousClock.Instant.now.duration(to: deadline)
            let marks = try await watermarks(of: place.topicPartition, timeout: Swift.max(.zero, left))
            resolved[index].offset = marks.resolve(offset)
        }
        return resolved
    }

    /// Continues to read partitions at the first record at or after a time. If there is none, it continues with the
    /// next record that is sent.
    ///
    /// The embedded cluster does not support offsets for times.
    ///
    /// - Parameters:
    ///   - topicPartitions: The partitions. They must be assigned.
    ///   - time: The time. It is compared with the timestamps of the records. A time before 1970 counts as the start of
    ///     1970.
    ///   - timeout: The longest time that the call takes.
    public func seek(
        topicPartitions: [KafkaTopicPartition],
        to time: KafkaTimestamp,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) {
        let deadline = ContinuousClock.Instant.now + timeout
        let places = try await offsets(of: topicPartitions, at: time, timeout: timeout)
        let left = ContinuousClock.Instant.now.duration(to: deadline)
        try await seek(topicPartitionOffsets: places, timeout: Swift.max(.zero, left))
    }

    /// Stops reading these partitions until ``resume(topicPartitions:)``. Records that were read ahead are held back.
    /// A partition that is taken away and assigned again is not paused any more.
    ///
    /// librdkafka discards the records that it has prefetched and fetches them again later. To absorb a burst, rely on
    /// the consumer's buffer limits instead.
    public func pause(topicPartitions: [KafkaTopicPartition]) async throws(KafkaError) {
        try await core.consumer.perform { assignment, client throws(KafkaError) in
            try assignment.pause(topicPartitions, client)
        }
    }

    /// Continues to read paused partitions, at the first record that has not been taken.
    public func resume(topicPartitions: [KafkaTopicPartition]) async throws(KafkaError) {
        try await core.consumer.perform { assignment, client throws(KafkaError) in
            try assignment.resume(topicPartitions, client)
        }
    }
}
