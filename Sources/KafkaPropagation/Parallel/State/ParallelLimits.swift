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
    /// The most bytes of a commit's metadata; 0 for no metadata.
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
