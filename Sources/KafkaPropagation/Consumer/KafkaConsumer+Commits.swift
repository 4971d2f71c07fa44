internal import CMALoggerRDKafka
internal import ContextPropagation

// A record is done when it is stored or committed. Only the front of a partition reaches the broker: the offset below
// which every taken record is done. Several tasks may therefore take records of one consumer and finish them in any
// order. A crash then loses no record.
extension KafkaConsumer {
    /// Marks this record as done, so that the next commit includes it. The call sends no request.
    ///
    /// When to use it: in the loop over a consumer. The default policy,
    /// ``KafkaConsumerConfiguration/CommitPolicy/storedOffsets(every:)``, commits periodically, before a partition is
    /// given back, and at the end. A crash repeats the records since the last commit.
    ///
    ///     for try await record in consumer {
    ///         try await record.withContext { try await detect(record) }
    ///         try consumer.storeOffset(record)
    ///     }
    ///
    /// The call stores the offset below which *every* taken record of the partition is done. The order of the calls
    /// does not matter. A record that is never stored or committed blocks its partition. To skip a record, store it as
    /// well.
    ///
    /// It does nothing if the partition was taken away, or was assigned again since the record was read. The consumer
    /// that now has the partition reads the record again. A rebalance therefore does not end the loop. It does nothing
    /// in a consumer without a group either, so that one loop serves all consumers.
    ///
    /// - Throws: ``KafkaError/Code/shutdown`` after the consumer has left its group;
    ///   ``KafkaError/Code/invalidArgument`` for a record that this consumer has not read.
    public func storeOffset(_ record: KafkaRecord) throws(KafkaError) {
        try store(CollectionOfOne(record))
    }

    /// Marks these records as done; see ``storeOffset(_:)``.
    public func storeOffsets(_ batch: KafkaRecordBatch) throws(KafkaError) {
        try store(batch)
    }

    private func store(_ records: some Collection<KafkaRecord>) throws(KafkaError) {
        try core.consumer.checkNotEnded()
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

    /// Stores offsets that the application computed itself. The offset of each partition is the next one to read after
    /// a restart.
    ///
    /// Every record below the offset counts as done. The call does nothing for a partition that is not assigned.
    ///
    /// - Throws: ``KafkaError/Code/shutdown`` after the consumer has left its group;
    ///   ``KafkaError/Code/invalidArgument`` for a symbolic offset; ``KafkaError/Code/configuration`` for a consumer
    ///   without a group.
    public func storeOffsets(_ offsets: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        try core.consumer.checkGroup()
        try KafkaError.check(numbers: offsets)
        try core.commits.inOrder { () throws(KafkaError) in
            try core.store(offsets.filter { core.finish(below: $0) != nil })
        }
    }

    /// Marks this record as done and commits. It suspends until the broker has stored the offset below which every
    /// taken record of the partition is done.
    ///
    /// When to use it: if the next step must not begin before the broker has stored the offset. Each call is one
    /// request. To commit often, use ``storeOffset(_:)``. If an earlier record of the partition is not done, the call
    /// returns immediately without a request, and the commit of the earlier record includes this one. A crash repeats
    /// records and loses none.
    ///
    /// A rebalance can take partitions away at any time. In a loop, catch ``KafkaError/Code/notAssigned`` and
    /// ``KafkaError/Code/rebalance`` and continue: the consumer that now has the partition reads the record again.
    ///
    /// A cancelled task also commits, and waits for the answer.
    ///
    /// - Throws: ``KafkaError/Code/notAssigned``, without a request, if the partition was taken away, or was assigned
    ///   again since the record was read; ``KafkaError/Code/rebalance`` if the group is between two assignments;
    ///   ``KafkaError/Code/timedOut`` after ``KafkaConsumerConfiguration/commitTimeout``, although the broker may still
    ///   store the offset; ``KafkaError/Code/invalidArgument`` for a record that this consumer has not read;
    ///   ``KafkaError/Code/configuration`` for a consumer without a group.
    public func commit(_ record: KafkaRecord) async throws(KafkaError) {
        try await commit(CollectionOfOne(record))
    }

    /// Marks these records as done and commits; see ``commit(_:)-(KafkaRecord)``.
    ///
    /// If one of the partitions was taken away, the call commits the others, and then throws
    /// ``KafkaError/Code/notAssigned``.
    public func commit(_ batch: KafkaRecordBatch) async throws(KafkaError) {
        try await commit(batch.lazy.map { $0 })
    }

    func commit(_ records: some Collection<KafkaRecord>) async throws(KafkaError) {
        try core.consumer.checkGroup()
        for record in records { _ = try core.source(of: record) }
        var missing: KafkaTopicPartition?
        let sent = try core.commits.inOrder { () throws(KafkaError) -> SentCommit? in
            var fronts: [(partition: AssignedPartition, place: KafkaTopicPartitionOffset)] = []
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
            if fronts.isEmpty { return nil }
            let places = fronts.map(\.place)
            core.feed.withLedger { ledger in
                for (partition, place) in fronts { ledger.noteStored(partition, offset: place.offset?.rawValue ?? 0) }
            }
            try core.store(places)
            return SentCommit(answer: try core.send(places), fronts: fronts)
        }
        if let sent {
            try await sent.answer.value.get()
            core.feed.withLedger { ledger in
                for (partition, place) in sent.fronts {
                    ledger.noteCommit(partition, offset: place.offset?.rawValue ?? 0)
                }
            }
        }
        if let missing { throw .notAssigned(missing) }
    }

    /// Commits offsets that the application computed itself. The offset of each partition is the next one to read after
    /// a restart.
    ///
    /// Every record below the offset counts as done.
    ///
    /// - Throws: The errors of ``commit(_:)-(KafkaRecord)``; ``KafkaError/Code/invalidArgument`` for a symbolic offset.
    public func commit(_ offsets: [KafkaTopicPartitionOffset]) async throws(KafkaError) {
        if offsets.isEmpty { return }
        try core.consumer.checkGroup()
        try KafkaError.check(numbers: offsets)
        let answer = try core.commits.inOrder { () throws(KafkaError) in
            try check(offsets)
            for place in offsets {
                guard let partition = core.finish(below: place) else { continue }
                core.feed.withLedger { $0.forgetCommit(partition) }
            }
            try core.store(offsets)
            return try core.send(offsets)
        }
        try await answer.value.get()
    }

    /// Commits the stored offsets, and suspends until the broker has them. If nothing is stored, it does nothing.
    ///
    /// - Throws: The errors of ``commit(_:)-(KafkaRecord)``.
    public func commitStoredOffsets() async throws(KafkaError) {
        try core.consumer.checkGroup()
        let answers = try core.commits.inOrder { () throws(KafkaError) in
            let descents = core.feed.withLedger(\.descents)
            return (descents.isEmpty ? nil : try core.send(descents.map(\.place)), core.sendStored())
        }
        try await answers.0?.value.get()
        try await answers.1.value.get()
    }

    /// Commits the stored offsets; the same as ``commitStoredOffsets()``.
    public func commit() async throws(KafkaError) {
        try await commitStoredOffsets()
    }
}

/// A commit that was sent to the broker.
private struct SentCommit {
    let answer: Promise<Result<Void, KafkaError>>
    let fronts: [(partition: AssignedPartition, place: KafkaTopicPartitionOffset)]
}

extension ConsumerCore {
    /// Returns the offset of a record, and the partition and generation in which this consumer read it.
    func source(of record: KafkaRecord) throws(KafkaError) -> (partition: AssignedPartition, offset: Int) {
        guard case .read(let batch, let index) = record.storage, batch.client === client else {
            throw KafkaError(
                .invalidArgument,
                "the record was not read by this consumer",
                subject: "\(record.topicPartitionOffset)",
                hint: "Commit it with the consumer that read it. A record that your code made cannot be committed"
            )
        }
        return (batch.partition(at: index), batch.offset(at: index))
    }

    /// Marks every record below this offset as done. Returns nil if the partition is not assigned.
    fileprivate func finish(below place: KafkaTopicPartitionOffset) -> AssignedPartition? {
        guard let offset = place.offset else { return nil }
        return feed.withLedger { ledger in
            let partition = ledger.current(place.topicPartition)
            return ledger.finish(partition, below: offset.rawValue) ? partition : nil
        }
    }

    fileprivate func store(_ places: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        if places.isEmpty { return }
        let list = try PartitionList(places)
        let error = rd_kafka_offsets_store(client.pointer, list.pointer)
        // librdkafka returns these errors if a partition was taken away a moment ago.
        if error == RD_KAFKA_RESP_ERR__STATE || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION { return }
        try KafkaError.check(error)
    }

    /// Notes offsets that a transaction has committed. librdkafka must forget lower ones that were stored before:
    /// otherwise the next commit would take the group back to them.
    func noteTransaction(_ note: (inout RecordLedger) -> [KafkaTopicPartitionOffset]) {
        commits.inOrder {
            // It fails only after the end of the consumer, or for a topic without a valid name.
            try? store(feed.withLedger(note))
        }
    }

    /// Commits these offsets.
    fileprivate func send(_ places: [KafkaTopicPartitionOffset]) throws(KafkaError) -> Promise<Result<Void, KafkaError>>
    {
        let list = try PartitionList(places)
        let partitions = Set(places.map(\.topicPartition))
        let descents = feed.withLedger(\.descents).filter { partitions.contains($0.partition.topicPartition) }
        let promise = Promise<Result<Void, KafkaError>>()
        commits.send(client.pointer, timeout: configuration.commitTimeout, list) { [feed] result in
            feed.noteAnswer(to: descents, isCommitted: (try? result.get()) != nil)
            promise.resolve(result)
        }
        return promise
    }

    /// Commits the offsets that were stored and are higher than the last commit.
    fileprivate func sendStored() -> Promise<Result<Void, KafkaError>> {
        commits.send(client.pointer, timeout: configuration.commitTimeout, nil)
    }
}
