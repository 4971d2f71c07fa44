internal import Synchronization

// What a seek, a pause and a revoke do to records that have not been taken. All of it runs on the poll thread.
extension HandOver {
    /// Takes back every record of these partitions. Returns how many.
    func drop(_ partitions: [KafkaTopicPartition]) -> Int {
        let partitions = Set(partitions)
        return state.withLock { state in
            var count = 0
            for partition in partitions { state.sought[partition] = nil }
            for partition in partitions { count += state.parked.removeValue(forKey: partition)?.count ?? 0 }
            return count + state.remove(partitions).count
        }
    }

    /// Keeps the records of these partitions back.
    func park(_ partitions: [KafkaTopicPartition]) {
        let partitions = Set(partitions)
        state.withLock { state in
            for record in state.remove(partitions) {
                state.parked[record.topicPartition, default: []].append(record)
            }
        }
    }

    /// Gives the records of these partitions that were kept back, before all others.
    func unpark(_ partitions: [KafkaTopicPartition]) {
        state.withLock { state in
            let records = partitions.flatMap { state.parked.removeValue(forKey: $0) ?? [] }
            guard !records.isEmpty, state.end == nil else { return }
            let left = state.runs[state.head...]
            state.runs = State.runs(of: records) + left
            state.head = 0
            state.count()
            wake(&state)
        }
    }

    /// Remembers where partitions were sent: librdkafka does not say it until it has read a record there.
    func noteSeek(_ places: [KafkaTopicPartitionOffset]) {
        state.withLock { state in
            for place in places { state.sought[place.topicPartition] = place.offset }
        }
    }

    /// Where the partition was sent last, if that was a number.
    func sought(_ partition: KafkaTopicPartition) -> KafkaOffset? {
        state.withLock { $0.sought[partition] }.flatMap { $0.isAbsolute ? $0 : nil }
    }

    /// The offset of the first record of this partition that has not been taken; nil where there is none.
    func firstOffset(of partition: KafkaTopicPartition) -> KafkaOffset? {
        state.withLock { state in
            if let record = state.parked[partition]?.first { return record.offset }
            for run in state.runs[state.head...] {
                for index in run.next..<run.end where run.batch.topicPartition(index) == partition {
                    return KafkaRecord(batch: run.batch, index: index).offset
                }
            }
            return nil
        }
    }
}

extension HandOver.State {
    /// Takes the records of these partitions out, in order.
    fileprivate mutating func remove(_ partitions: Set<KafkaTopicPartition>) -> [KafkaRecord] {
        var removed: [KafkaRecord] = []
        var kept: [KafkaRecord] = []
        for run in runs[head...] {
            for index in run.next..<run.end {
                let record = KafkaRecord(batch: run.batch, index: index)
                if partitions.contains(record.topicPartition) {
                    removed.append(record)
                } else {
                    kept.append(record)
                }
            }
        }
        if removed.isEmpty { return [] }
        runs = Self.runs(of: kept)
        head = 0
        count()
        return removed
    }

    fileprivate static func runs(of records: [KafkaRecord]) -> [HandOver.Run] {
        var runs: [HandOver.Run] = []
        var start = 0
        for index in records.indices {
            let next = index + 1
            if next < records.count, records[next].batch === records[index].batch,
                records[next].index == records[index].index + 1
            {
                continue
            }
            let run = records[start..<next]
            runs.append(
                HandOver.Run(
                    batch: records[start].batch,
                    next: records[start].index,
                    end: records[index].index + 1,
                    bytes: run.reduce(0) { $0 + $1.size }
                )
            )
            start = next
        }
        return runs
    }

    fileprivate mutating func count() {
        records = runs[head...].reduce(0) { $0 + $1.end - $1.next }
        bytes = runs[head...].reduce(0) { $0 + $1.bytes }
    }
}

extension KafkaRecord {
    fileprivate var size: Int {
        withKey { $0?.count ?? 0 } + withValue { $0?.count ?? 0 }
    }
}
