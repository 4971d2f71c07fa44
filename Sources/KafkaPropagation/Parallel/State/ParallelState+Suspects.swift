/// A partition whose log may have been deleted.
package struct SuspectPartition: Hashable, Sendable {
    package let topicPartition: KafkaTopicPartition
    /// The generation of its assignment.
    package let generation: Int
}

extension ParallelState {
    /// Notes that a broker does not know a partition. Nothing is committed for its assignment until
    /// ``confirm(_:end:)``.
    ///
    /// The topic was probably deleted. If it is made again under its name before this consumer notices that, the broker
    /// would accept an offset of the old log, and the group would pass the first records of the new log.
    ///
    /// - Parameter generation: The assignment that this is about, if it may have ended; nil for the current one.
    package mutating func suspect(_ topicPartition: KafkaTopicPartition, generation: Int? = nil) {
        guard let index = knownIndex(of: topicPartition), partitions[index].phase != .unassigned,
            generation == nil || generation == partitions[index].generation
        else { return }
        partitions[index].isSuspect = true
    }

    /// The partitions whose log may have been deleted. Ask the broker for their ends, and call ``confirm(_:end:)``.
    package var suspects: [SuspectPartition] {
        partitions.filter(\.isSuspect).map {
            SuspectPartition(topicPartition: $0.topicPartition, generation: $0.generation)
        }
    }

    /// Notes the end of a partition, as a broker told it after ``suspect(_:)``. A log that is shorter than this
    /// consumer has read is a new log: its offsets are committed when the reader has gone back.
    package mutating func confirm(_ suspect: SuspectPartition, end: Int) {
        let index = index(of: suspect.topicPartition)
        guard partitions[index].generation == suspect.generation else { return }
        if end >= partitions[index].frontier.end ?? 0 { partitions[index].isSuspect = false }
    }
}
