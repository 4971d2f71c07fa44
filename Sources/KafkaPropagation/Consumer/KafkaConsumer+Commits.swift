internal import CRDKafka
internal import ContextPropagation

// A record that was taken is done when it is stored or committed. Only the front of a partition reaches the broker: the
// offset below which every record that was taken is done. Therefore several tasks may take records of one consumer, and
// finish them in any order, without losing one in a crash.
extension KafkaConsumer {
    /// Says that this record is done, so that it is committed with the next commit. This costs no request.
    ///
    /// When to use it: in the loop over a consumer. The policy
    /// ``KafkaConsumerConfiguration/CommitPolicy/storedOffsets(every:)``, which is the default, commits periodically,
    /// before a partition is given back, and at the end. A crash repeats the records since the last commit.
    ///
    ///     for try await record in consumer {
    ///         try await record.withContext { try await detect(record) }
    ///         try consumer.storeOffset(record)
    ///     }
    ///
    /// What is stored is the offset below which *every* record of the partition that was taken is done, whatever the
    /// order of the calls. A record that is never stored or committed holds its partition back; to pass over one, store
    /// it as well.
    ///
    /// It does nothing if the partition was taken away, or was assigned again since: the record comes again to the
    /// consumer that has the partition now. So a rebalance does not end the loop.
    ///
    /// - Throws: ``KafkaError/Code/shutdown`` after the consumer has left its group;
    ///   ``KafkaError/Code/invalidArgument`` for a record that this consumer has not read.
    public func storeOffset(_ record: KafkaRecord) throws(KafkaError) {
        try store(CollectionOfOne(record))
    }

    /// Says that these records are done; see ``storeOffset(_:)``.
    public func storeOffsets(_ batch: KafkaRecordBatch) throws(KafkaError) {
        try store(batch)
    }

    private func store(_ records: some Collection<KafkaRecord>) throws(KafkaError) {
        try core.checkNotEnded()
        for record in records { _ = try core.source(of: record) }
        try core.commits.inOrder { () throws(KafkaError) in
            var fronts: [KafkaTopicPartitionOffset] = []
            for record in records {
                let source = try core.source(of: record)
                if case .front(let place, isNew: true) = core.feed.finish(source.partition, offset: source.offset) {
                    fronts.removeAll { $0.topicPartition == place.topicPartition }
                    fronts.append(place)
                }
            }
            try core.store(fronts)
        }
    }

    /// Stores offsets, for an application that keeps book itself: in each partition the offset of the next record to be
    /// read after a restart.
    ///
    /// Every record below the offset counts as done. It does nothing for a partition that is not assigned.
    public func storeOffsets(_ offsets: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        try core.checkNotEnded()
        try core.commits.inOrder { () throws(KafkaError) in
            var places: [KafkaTopicPartitionOffset] = []
            for place in offsets where try core.finish(below: place) != nil { places.append(place) }
            try core.store(places)
        }
    }

    /// Says that this record is done, and commits: suspends until the broker has the offset below which every record of
    /// the partition that was taken is done.
    ///
    /// When to use it: when the next step must not begin before the broker knows. Each call is one request: to commit
    /// often, use ``storeOffset(_:)``. While an earlier record of the partition is not done, it returns at once without
    /// a request, and the commit of that record covers this one. So it is at least once: a crash repeats records, and
    /// loses none.
    ///
    /// A rebalance takes partitions away at any time, so catch ``KafkaError/Code/notAssigned`` and
    /// ``KafkaError/Code/rebalance`` in a loop, and go on: the record comes again to the consumer that has it now.
    ///
    /// A task that is cancelled commits as well, and waits for the answer.
    ///
    /// - Throws: ``KafkaError/Code/notAssigned``, before any request, if the partition was taken away, or was assigned
    ///   again since the record was read; ``KafkaError/Code/rebalance`` if the group is between two assignments;
    ///   ``KafkaError/Code/timedOut`` after ``KafkaConsumerConfiguration/commitTimeout``, when the broker may still
    ///   take the commit; ``KafkaError/Code/invalidArgument`` for a record that this consumer has not read.
    public func commit(_ record: KafkaRecord) async throws(KafkaError) {
        try await commit(CollectionOfOne(record))
    }

    /// Says that these records are done, and commits; see ``commit(_:)-(KafkaRecord)``.
    ///
    /// If one of the partitions was taken away, nothing is sent; the next commit covers the others.
    public func commit(_ batch: KafkaRecordBatch) async throws(KafkaError) {
        try await commit(batch.lazy.map { $0 })
    }

    private func commit(_ records: some Collection<KafkaRecord>) async throws(KafkaError) {
        try core.checkNotEnded()
        for record in records { _ = try core.source(of: record) }
        let request = try core.commits.inOrder { () throws(KafkaError) -> CommitRequest? in
            var fronts: [(partition: AssignedPartition, place: KafkaTopicPartitionOffset)] = []
            var missing: KafkaTopicPartition?
            for record in records {
                let (partition, offset) = try core.source(of: record)
                switch core.feed.finish(partition, offset: offset) {
                case .notAssigned: missing = missing ?? partition.topicPartition
                case .nothing: break
                case .front(let place, _):
                    fronts.removeAll { $0.partition == partition }
                    fronts.append((partition, place))
                }
            }
            if let missing { throw .notAssigned(missing) }
            if fronts.isEmpty { return nil }
            let list = PartitionList(fronts.map(\.place))
            return CommitRequest(answer: core.send(list), fronts: fronts)
        }
        guard let request else { return }
        try await request.answer.value.get()
        core.feed.withLedger { ledger in
            for (partition, place) in request.fronts {
                ledger.noteCommit(partition, offset: place.offset?.rawValue ?? 0)
            }
        }
    }

    /// Commits offsets, for an application that keeps book itself: in each partition the offset of the next record to
    /// be read after a restart.
    ///
    /// Every record below the offset counts as done.
    ///
    /// - Throws: As ``commit(_:)-(KafkaRecord)``; ``KafkaError/Code/invalidArgument`` for an offset that is no number.
    public func commit(_ offsets: [KafkaTopicPartitionOffset]) async throws(KafkaError) {
        if offsets.isEmpty { return }
        try core.checkNotEnded()
        let answer = try core.commits.inOrder { () throws(KafkaError) in
            for place in offsets where core.feed.withLedger({ $0.current(place.topicPartition) }) == nil {
                throw .notAssigned(place.topicPartition)
            }
            for place in offsets {
                guard let partition = try core.finish(below: place) else { continue }
                core.feed.withLedger { $0.forgetCommit(partition) }
            }
            return core.send(PartitionList(offsets))
        }
        try await answer.value.get()
    }

    /// Commits the offsets that are stored, and suspends until the broker has them. If nothing is stored, it does
    /// nothing.
    ///
    /// - Throws: As ``commit(_:)-(KafkaRecord)``.
    public func commitStoredOffsets() async throws(KafkaError) {
        try core.checkNotEnded()
        let answer = core.commits.inOrder { core.send(nil) }
        try await answer.value.get()
    }

    /// Does what ``commitStoredOffsets()`` does.
    public func commit() async throws(KafkaError) {
        try await commitStoredOffsets()
    }
}

/// A commit on its way to the broker.
private struct CommitRequest {
    let answer: Promise<Result<Void, KafkaError>>
    let fronts: [(partition: AssignedPartition, place: KafkaTopicPartitionOffset)]
}

extension ConsumerCore {
    /// The partition and the generation in which this consumer has read a record.
    fileprivate func source(of record: KafkaRecord) throws(KafkaError) -> (partition: AssignedPartition, offset: Int) {
        guard case .read(let batch, let index) = record.storage, batch.client === client else {
            throw KafkaError(
                .invalidArgument,
                "the record was not read by this consumer",
                subject: "\(record.topicPartitionOffset)",
                hint: "Commit it with the consumer that gave it; a record made by hand cannot be committed"
            )
        }
        return (batch.partition(at: index), batch.offset(at: index))
    }

    /// The application says that every record below this place is done. Returns nil if the partition is not assigned.
    fileprivate func finish(below place: KafkaTopicPartitionOffset) throws(KafkaError) -> AssignedPartition? {
        guard let offset = place.offset, offset.isAbsolute else {
            throw KafkaError(.invalidArgument, "only a number can be stored or committed", subject: "\(place)")
        }
        return feed.withLedger { ledger in
            let partition = ledger.current(place.topicPartition)
            return ledger.finish(partition, below: offset.rawValue) ? partition : nil
        }
    }

    fileprivate func store(_ places: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        if places.isEmpty { return }
        let list = PartitionList(places)
        let error = rd_kafka_offsets_store(client.pointer, list.pointer)
        // librdkafka answers these if a partition was taken away just now.
        if error == RD_KAFKA_RESP_ERR__STATE || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION { return }
        try KafkaError.check(error)
    }

    fileprivate func send(_ offsets: consuming PartitionList?) -> Promise<Result<Void, KafkaError>> {
        commits.send(client.pointer, timeout: configuration.commitTimeout, offsets)
    }
}
