extension ParallelState {
    /// The records for which a shutdown waits: their handler runs, or their dead letter is on the way. With each, the
    /// moment when its latest handler began. O(all records).
    var busy: [(place: KafkaTopicPartitionOffset, since: UInt64)] {
        scheduler.jobs.compactMap { job in
            guard job.phase == .running || job.phase == .leaving, !job.isFenced else { return nil }
            return (partitions[job.partition].topicPartition.at(job.offset), job.since)
        }
    }
}
