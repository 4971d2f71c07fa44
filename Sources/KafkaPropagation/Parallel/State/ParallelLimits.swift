/// The bounds of a parallel consumer.
package struct ParallelLimits: Hashable, Sendable {
    /// The most handlers that have begun and not ended.
    package var maxConcurrency: Int
    /// The most records that one handler takes.
    package var batch: Int
    /// The most records in memory. Each partition may exceed it by one record.
    package var records: Int
    /// The most bytes of keys and values in memory. Each partition may exceed it by one record, and by all the records
    /// that ``ParallelState/room(partition:)`` lets in at once: their number is a guess from the size of earlier ones.
    package var bytes: Int
    /// The most bytes of a commit's metadata.
    package var metadata: Int
    /// Whether offsets are committed. A reader without a group commits none, and no metadata holds it up.
    package var commits: Bool
    /// The most bytes that remember which records beyond a partition's first unfinished one are finished: one bit for a
    /// record, and 16 bytes for a gap. At this bound the partition takes in nothing until its first record is finished.
    package var frontierBytes: Int

    package init(
        maxConcurrency: Int,
        batch: Int = 1,
        records: Int = 10_000,
        bytes: Int = 32 << 20,
        metadata: Int = CommitMetadata.maximumBytes,
        commits: Bool = true,
        frontierBytes: Int = 8 << 20
    ) {
        self.maxConcurrency = max(1, maxConcurrency)
        self.batch = max(1, batch)
        self.records = max(1, records)
        self.bytes = max(1, bytes)
        self.metadata = max(0, metadata)
        self.commits = commits
        self.frontierBytes = max(1, frontierBytes)
    }

    /// The share of one partition if there are this many.
    func share(of partitions: Int) -> (records: Int, bytes: Int) {
        let partitions = max(1, partitions)
        return (max(1, records / partitions), max(1, bytes / partitions))
    }
}

/// The numbers of records by their fate in a parallel consumer.
package struct ParallelCounts: Hashable, Sendable {
    /// Records that were taken in.
    package var taken = 0
    /// Records that were finished before their partition came here.
    package var skippedAsFinished = 0
    /// Records whose handler succeeded.
    package var processed = 0
    /// Handlings that failed and were followed by a wait for the next attempt.
    package var retried = 0
    /// Records whose dead letter was sent.
    package var deadLettered = 0
    /// Records that failed and count as finished.
    package var skipped = 0
    /// Results that came after their partition was lost.
    package var late = 0
    /// Records that left unfinished, for example because their partition was lost.
    package var dropped = 0
    /// Times that a partition was sought back because its offsets did not ascend.
    package var rewinds = 0

    /// Records that count as finished.
    var finished: Int { processed + deadLettered + skipped }
}
