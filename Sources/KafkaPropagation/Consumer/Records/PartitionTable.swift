/// The partitions that a poll loop reads now. A pure value. Only the poll thread uses it.
struct PartitionTable {
    private struct Entry {
        let topicPartition: KafkaTopicPartition
        /// Nil while the partition is not assigned.
        var generation: Int?
        /// Whether a record has come since the assignment.
        var hasRecords = false
    }

    private var indices: [KafkaTopicPartition: Int] = [:]
    private var entries: [Entry] = []
    private var generations = 0

    /// The assigned partitions, in the order of their first assignment.
    var assigned: [AssignedPartition] { entries.indices.compactMap { self[$0] } }

    /// The assigned partitions without a record since their assignment.
    var withoutRecords: [KafkaTopicPartition] {
        entries.filter { $0.generation != nil && !$0.hasRecords }.map(\.topicPartition)
    }

    /// The partition, if it is assigned.
    subscript(partition: KafkaTopicPartition) -> AssignedPartition? { indices[partition].flatMap { self[$0] } }

    private subscript(index: Int) -> AssignedPartition? {
        let entry = entries[index]
        return entry.generation.map {
            AssignedPartition(topicPartition: entry.topicPartition, index: index, generation: $0)
        }
    }

    /// Begins a new generation of each partition.
    mutating func assign(_ partitions: [KafkaTopicPartition]) -> [AssignedPartition] {
        partitions.compactMap { partition in
            let index = indices[partition] ?? entries.count
            if index == entries.count {
                entries.append(Entry(topicPartition: partition))
                indices[partition] = index
            }
            entries[index].hasRecords = false
            return renew(index)
        }
    }

    /// Ends the generation of each assigned partition, and returns these partitions.
    mutating func revoke(_ partitions: [KafkaTopicPartition]) -> [AssignedPartition] {
        partitions.compactMap { partition in
            guard let assigned = self[partition] else { return nil }
            entries[assigned.index].generation = nil
            return assigned
        }
    }

    /// Begins a new generation of each assigned partition, and returns these partitions.
    mutating func restart(_ partitions: [KafkaTopicPartition]) -> [AssignedPartition] {
        partitions.compactMap { partition in self[partition].flatMap { renew($0.index) } }
    }

    /// Notes that a record of this partition has come.
    mutating func noteRecord(of partition: AssignedPartition) {
        entries[partition.index].hasRecords = true
    }

    private mutating func renew(_ index: Int) -> AssignedPartition? {
        generations += 1
        entries[index].generation = generations
        return self[index]
    }
}
