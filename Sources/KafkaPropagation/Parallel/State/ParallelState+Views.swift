extension ParallelState {
    /// The record at a partition's frontier, which holds the frontier up.
    package struct Oldest: Sendable {
        /// The stage of the record.
        package enum Phase: Hashable, Sendable {
            /// It waits for a free handler, or for a record with the same key.
            case queued(behind: KafkaTopicPartitionOffset?)
            /// Its handler runs.
            case running
            /// It waits for its next attempt.
            case waiting(until: UInt64)
            /// Its dead letter is being sent. With a moment: the last send failed, and the next one begins then.
            case deadLetter(nextSend: UInt64?)
            /// This member begins no handler any more.
            case leftBehind
        }

        package let record: Record
        package let offset: Int
        /// How many handlers have begun with it.
        package let attempts: Int
        package let phase: Phase
    }

    /// The partitions that this member has. O(partitions).
    package var partitionViews: [ParallelPartitionView] {
        partitions.lazy.filter { $0.phase != .unassigned }.map { ParallelPartitionView($0) }
    }

    /// The figures of a partition that this member has; nil for any other partition. O(1).
    package func partitionView(_ topicPartition: KafkaTopicPartition) -> ParallelPartitionView? {
        guard let index = knownIndex(of: topicPartition), partitions[index].phase != .unassigned else { return nil }
        return ParallelPartitionView(partitions[index])
    }

    /// The record that holds a partition's frontier up; nil if nothing does. O(all records).
    package func oldest(in topicPartition: KafkaTopicPartition) -> Oldest? {
        guard let index = knownIndex(of: topicPartition), let offset = partitions[index].frontier.frontier,
            let place = scheduler.place(partition: index, offset: offset), let record = scheduler.records[place]
        else { return nil }
        let job = scheduler.jobs[place]
        let id = ScheduledJobID(index: place, life: job.life)
        let phase: Oldest.Phase
        switch job.phase {
        case .free: return nil
        case .queued where isStopping, .ready where isStopping, .waiting where isStopping: phase = .leftBehind
        case .queued, .ready: phase = .queued(behind: blocker(of: place))
        case .running: phase = .running
        case .waiting: phase = .waiting(until: retries.due(of: id) ?? 0)
        case .leaving: phase = .deadLetter(nextSend: nil)
        case .parked: phase = .deadLetter(nextSend: retries.due(of: id))
        }
        return Oldest(record: record, offset: offset, attempts: job.attempts, phase: phase)
    }

    /// The record that a record waits for because they share a lane. It may belong to a lost assignment: its handler,
    /// or the send of its dead letter, has not ended yet.
    private func blocker(of place: Int) -> KafkaTopicPartitionOffset? {
        guard let head = scheduler.laneHead(of: place), head != place else { return nil }
        let job = scheduler.jobs[head]
        return partitions[job.partition].topicPartition.at(job.offset)
    }

    /// The records for which a shutdown waits: their handler runs, also if their partition is lost, or their dead
    /// letter is on the way. With each, the moment when its latest handler began. O(all records).
    ///
    /// A handler uses what its caller lends it, such as a producer, until it ends. The dead letter of a lost partition
    /// uses nothing of the caller's, and counts for nothing.
    var busy: [(place: KafkaTopicPartitionOffset, since: UInt64)] {
        scheduler.jobs.compactMap { job in
            guard job.phase == .running || job.phase == .leaving && !job.isFenced else { return nil }
            return (partitions[job.partition].topicPartition.at(job.offset), job.since)
        }
    }

    /// Swaps records in memory for others that stand for the same record, for example for copies with memory of their
    /// own. Records that a handler has are left out. The new record must have the same key. O(all records).
    ///
    /// - Returns: How many records it swapped.
    @discardableResult
    package mutating func replaceRecords(
        where isWanted: (Record) -> Bool = { _ in true },
        with replace: (inout Record) -> Void
    ) -> Int {
        scheduler.replaceRecords(where: isWanted, with: replace)
    }
}
