internal import ContextLog
internal import ContextPropagation
internal import Dispatch
internal import Synchronization

// Commits are sent on the poll thread alone: none can overtake another one, or follow the end of its assignment.
extension ParallelEngine {
    /// Requests a commit of what was finished since the last one.
    func commit() {
        let commits = state.withLock { state in
            state.finishedAtCommit = state.parallel.counts.finished
            return state.parallel.takeCommits()
        }
        send(commits) { _ in }
    }

    /// Commits, and waits for the answer, for at most `limit` and the commit timeout.
    func commitAndWait(_ commits: [ParallelCommit], limit: Duration = .seconds(3600)) {
        if commits.isEmpty { return }
        let answered = DispatchSemaphore(value: 0)
        send(commits) { _ in answered.signal() }
        let timeout = min(limit, client?.configuration.commitTimeout ?? .zero)
        _ = answered.wait(timeout: .now() + .milliseconds(Int(timeout.wholeMilliseconds)))
    }

    private func send(_ commits: [ParallelCommit], _ answer: @escaping @Sendable (Bool) -> Void) {
        guard !commits.isEmpty else { return answer(true) }
        guard let client, groupID != nil else { return answer(false) }
        let list = PartitionList(
            committing: commits.map { commit in
                let offset = KafkaOffset(rawValue: commit.offset)
                return (
                    KafkaTopicPartitionOffset(topicPartition: commit.topicPartition, offset: offset), commit.metadata
                )
            }
        )
        let timeout = client.configuration.commitTimeout
        client.commits.send(client.pointer, timeout: timeout, list) { [weak self] result in
            self?.ended(commits, result)
            answer((try? result.get()) != nil)
        }
    }

    private func ended(_ commits: [ParallelCommit], _ result: Result<Void, KafkaError>) {
        var isCommitted = true
        var isUnknown = false
        if case .failure(let error) = result {
            isCommitted = false
            isUnknown = error.code == .unknownTopicOrPartition
            ClientLog.consumer.warning(
                isUnknown
                    ? "could not commit; trying again when the broker has told the ends of the partitions"
                    : "could not commit; trying again with the next commit",
                error: error
            ) {
                $0.offsets = commits.map { "\($0.topicPartition)@\($0.offset)" }
            }
        } else {
            ClientLog.consumer.info("offsets committed") {
                $0.offsets = commits.map { "\($0.topicPartition)@\($0.offset)" }
            }
        }
        let signals = state.withLock { state in
            if isUnknown {
                for commit in commits { state.parallel.suspect(commit.topicPartition, generation: commit.generation) }
            }
            return commits.reduce(into: ParallelSignals()) {
                $0.formUnion(state.parallel.endCommit($1, isCommitted: isCommitted))
            }
        }
        follow(signals)
    }

    /// Asks for the ends of partitions whose log may have been deleted, on a thread of its own.
    func askForSuspects() {
        guard let client else { return }
        let suspects = state.withLock { $0.parallel.suspects }
        if suspects.isEmpty { return }
        let isFree = housekeeping.withLock { housekeeping in
            defer { housekeeping.isAskingForSuspects = true }
            return !housekeeping.isAskingForSuspects
        }
        guard isFree else { return }
        let isStarted = NamedThread.start("kafka-ends") { [self] in
            for suspect in suspects {
                // Without an answer, the next look asks again.
                guard let ends = try? client.watermarks(of: suspect.topicPartition, timeout: .seconds(5)) else {
                    continue
                }
                state.withLock { $0.parallel.confirm(suspect, end: ends.high.rawValue) }
            }
            housekeeping.withLock { $0.isAskingForSuspects = false }
        }
        if !isStarted { housekeeping.withLock { $0.isAskingForSuspects = false } }
    }
}
