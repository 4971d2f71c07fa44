/// An offset to commit, with its metadata.
package struct ParallelCommit: Hashable, Sendable {
    package let topicPartition: KafkaTopicPartition
    /// The generation of the assignment that the commit belongs to.
    package let generation: Int
    package let offset: Int
    package let metadata: String

    /// The same commit with at most `limit` bytes of metadata: only the first of the finished offsets are left.
    package func shortened(to limit: Int) -> ParallelCommit {
        guard metadata.utf8.count > limit else { return self }
        var finished: [Range<Int>] = []
        if case .finished(let ranges) = CommitMetadata.decode(metadata, committed: offset, end: .max) {
            finished = ranges
        }
        return ParallelCommit(
            topicPartition: topicPartition,
            generation: generation,
            offset: offset,
            metadata: CommitMetadata.encode(committed: offset, finished: finished, limit: limit)
        )
    }
}

extension ParallelState {
    /// The commits to request now: one for each partition in which a record was finished since its last commit. Report
    /// the answer to each one with ``endCommit(_:isCommitted:)``.
    package mutating func takeCommits() -> [ParallelCommit] {
        var commits: [ParallelCommit] = []
        for index in partitions.indices where partitions[index].isDirty && !partitions[index].isSuspect {
            if partitions[index].isCommitting {
                partitions[index].isCommitOverdue = true
                continue
            }
            guard partitions[index].phase == .active || partitions[index].phase == .revoking,
                let commit = commit(index)
            else { continue }
            partitions[index].isDirty = false
            partitions[index].isCommitting = true
            commits.append(commit)
        }
        return commits
    }

    /// The commit of a partition; nil if nothing is known about its offsets, or if no offsets are committed.
    func commit(_ index: Int) -> ParallelCommit? {
        guard limits.commits, let offset = partitions[index].frontier.frontier else { return nil }
        let (count, end) = CommitMetadata.usableRanges(committed: offset, limit: limits.metadata)
        let metadata = CommitMetadata.encode(
            committed: offset,
            finished: partitions[index].frontier.finishedRanges(atLeast: count, upTo: end),
            limit: limits.metadata
        )
        return ParallelCommit(
            topicPartition: partitions[index].topicPartition,
            generation: partitions[index].generation,
            offset: offset,
            metadata: metadata
        )
    }

    /// Notes that a broker refused commits because the metadata of one of them is too long for it. From now on, all
    /// metadata has at most half the length of the longest of these.
    ///
    /// - Returns: Whether the next commits have less metadata than these.
    package mutating func shortenMetadata(refused commits: [ParallelCommit]) -> Bool {
        let longest = commits.map(\.metadata.utf8.count).max() ?? 0
        // A commit without metadata cannot become shorter.
        if longest == 0 { return false }
        limits.metadata = min(limits.metadata, longest / 2)
        return true
    }

    /// Notes the answer to a commit. A commit that failed is requested again with the next ones.
    ///
    /// - Returns: ``ParallelSignals/commitNow`` if another commit was wanted meanwhile. After a failure it waits for
    ///   the next commits, so that a broker that refuses all of them is not asked all the time.
    @discardableResult
    package mutating func endCommit(_ commit: ParallelCommit, isCommitted: Bool) -> ParallelSignals {
        let index = index(of: commit.topicPartition)
        guard partitions[index].generation == commit.generation else { return [] }
        let isOverdue = partitions[index].isCommitOverdue
        partitions[index].isCommitting = false
        partitions[index].isCommitOverdue = false
        if !isCommitted { partitions[index].isDirty = true }
        return isCommitted && isOverdue ? .commitNow : []
    }
}
