/// The figures of one partition, for statistics and the watchdog.
package struct ParallelPartitionView: Hashable, Sendable {
    package let topicPartition: KafkaTopicPartition
    package let phase: PartitionProgress.Phase
    /// The offset that is safe to commit; nil before the first record of a partition without a committed offset.
    package let frontier: Int?
    /// The offset behind the last record that was taken in; nil before anything is known.
    package let end: Int?
    /// Records that were taken in and are not finished. Records that were abandoned count too.
    package let pending: Int
    /// Unfinished records in memory.
    package let records: Int
    /// The bytes of those records.
    package let bytes: Int
    /// How many of the records a handler has.
    package let running: Int
    /// How many of the records wait for their next attempt, or for the next send of their dead letter.
    package let waiting: Int
    /// How many of the records have a dead letter that is being sent.
    package let leaving: Int

    /// How many records were read and are neither finished nor in memory; see ``ParallelState/setBlockedAside()``.
    package let aside: Int
    /// Whether the partition takes in nothing until the reader has gone back.
    package let isReturning: Bool
    /// Whether the reader reads records for the second time, or is about to.
    package let isReadAgain: Bool

    /// Whether it has records that are in memory or set aside.
    var isUnfinished: Bool { records > 0 || aside > 0 }

    init(_ partition: PartitionProgress) {
        topicPartition = partition.topicPartition
        phase = partition.phase
        frontier = partition.frontier.frontier
        end = partition.frontier.end
        pending = partition.frontier.pending
        records = partition.records
        bytes = partition.bytes
        running = partition.running
        waiting = partition.waiting
        leaving = partition.leaving
        aside = partition.aside
        isReturning = partition.returnTo != nil
        isReadAgain = partition.returnTo != nil || partition.secondReading != nil
    }
}
