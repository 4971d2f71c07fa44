internal import KafkaPropagation

/// The simulated broker: the partitions of a topic, the offsets of a group, and which records were handled.
struct SimulatedBroker {
    struct Partition {
        var records: [SimulatedRecord] = []
        /// The offset of the next record.
        var end = 0
        var committed: Int?
        var metadata = ""
        /// The member that owns the partition, and a number that changes with the owner.
        var owner: Int?
        var epoch = 0
        /// How many of the first records are known to be handled, for a fast check.
        var handledPrefix = 0
    }

    var partitions: [Partition]
    /// By the record's ID: whether a handling succeeded, or the record was skipped or became a dead letter.
    private(set) var handled: [Bool] = []
    private(set) var handledRecords = 0

    /// The longest metadata that the broker takes.
    let metadataLimit: Int

    init(partitions count: Int, metadataLimit: Int) {
        self.metadataLimit = metadataLimit
        partitions = Array(repeating: Partition(), count: count)
    }

    func topicPartition(_ partition: Int) -> KafkaTopicPartition {
        KafkaTopicPartition(topic: "simulation", partition: KafkaPartition(rawValue: partition))
    }

    mutating func append(to partition: Int, key: Int?, gap: Int) {
        let offset = partitions[partition].end + gap
        let record = SimulatedRecord(partition: partition, offset: offset, key: key, id: handled.count)
        handled.append(false)
        partitions[partition].records.append(record)
        partitions[partition].end = offset + 1
    }

    mutating func addGapAtEnd(_ partition: Int, _ gap: Int) {
        partitions[partition].end += gap
    }

    func record(at position: Int, in partition: Int) -> SimulatedRecord? {
        // Partitions are short.
        partitions[partition].records.first { $0.offset >= position }
    }

    mutating func noteHandled(_ record: SimulatedRecord) {
        handled[record.id] = true
        handledRecords += 1
    }

    /// The lowest offset from which the log may be cut off: nobody can tell offsets below it from finished ones.
    func lowestCut(_ partition: Int) -> Int {
        let state = partitions[partition]
        guard let committed = state.committed else { return 0 }
        guard
            case .finished(let ranges) = CommitMetadata.decode(
                state.metadata,
                committed: committed,
                end: state.end
            )
        else { return committed }
        return max(committed, ranges.last?.upperBound ?? 0)
    }

    /// Loses the records from an offset on. Other records will get their offsets.
    mutating func cut(_ partition: Int, at offset: Int) {
        partitions[partition].records.removeAll { $0.offset >= offset }
        partitions[partition].end = offset
        partitions[partition].handledPrefix = 0
    }

    var unhandled: SimulatedRecord? {
        for partition in partitions {
            if let record = partition.records.first(where: { !handled[$0.id] }) { return record }
        }
        return nil
    }

    /// An earlier record that has to be handled before this one may begin.
    func predecessor(of record: SimulatedRecord, where matches: (SimulatedRecord) -> Bool) -> SimulatedRecord? {
        partitions[record.partition].records.first {
            $0.offset < record.offset && !handled[$0.id] && matches($0)
        }
    }

    /// Whether the broker refuses a commit because its metadata is too long.
    func refuses(_ commit: ParallelCommit) -> Bool { commit.metadata.utf8.count > metadataLimit }

    /// Takes a commit of the partition's owner. Returns the fault if the commit loses a record.
    mutating func commit(_ partition: Int, offset: Int, metadata: String) -> String? {
        var state = partitions[partition]
        while state.handledPrefix < state.records.count, handled[state.records[state.handledPrefix].id] {
            state.handledPrefix += 1
        }
        if state.handledPrefix < state.records.count, state.records[state.handledPrefix].offset < offset {
            return
                "commit of \(offset) in partition \(partition) passes \(state.records[state.handledPrefix].offset)"
        }
        if metadata.utf8.count > metadataLimit {
            return "metadata of \(metadata.utf8.count) bytes"
        }
        switch CommitMetadata.decode(metadata, committed: offset, end: state.end) {
        case .nothing(.absent): break
        case .nothing(let reason): return "the metadata of a commit cannot be read: \(reason.rawValue)"
        case .finished(let ranges):
            for record in state.records[state.handledPrefix...] where !handled[record.id] {
                if ranges.contains(where: { $0.contains(record.offset) }) {
                    return
                        "commit of \(offset) in partition \(partition) says that \(record.offset) is finished"
                }
            }
        }
        state.committed = offset
        state.metadata = metadata
        partitions[partition] = state
        return nil
    }
}
