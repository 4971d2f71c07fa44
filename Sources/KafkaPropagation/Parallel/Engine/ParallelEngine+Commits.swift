internal import ContextLog
internal import ContextPropagation
internal import Dispatch
internal import Synchronization

// Commits are sent on the poll thread alone: none can overtake another one, or follow the end of its assignment.
extension ParallelEngine {
    /// Requests a commit of what was finished since the last one, if it is time.
    ///
    /// - Returns: The milliseconds until the next commit may be due.
    func commitIfDue() -> Int {
        let now = MonotonicTime.now
        let (commits, wait) = state.withLock { state -> ([ParallelCommit]?, UInt64) in
            let isWanted = state.isCommitWanted
            state.isCommitWanted = false
            let finished = state.parallel.counts.finished
            let isDue = state.pacing.takes(finished: finished, isWanted: isWanted, now: now)
            let commits = isDue ? state.parallel.takeCommits() : nil
            return (commits, state.pacing.wait(finished: finished, now: now))
        }
        if let commits {
            send(commits, isLast: false) { [weak self] result in self?.answered((try? result.get()) != nil) }
        }
        // Rounded, because a whole millisecond is a large part of the shortest wait.
        return max(1, Int(clamping: (wait + 500_000) / 1_000_000))
    }

    private func answered(_ isCommitted: Bool) {
        let wakes = state.withLock { state in
            state.pacing.answered(isCommitted: isCommitted, finished: state.parallel.counts.finished)
        }
        if wakes { waker.wake() }
    }

    /// Commits for the last time before partitions go, and waits for the answer, for at most `limit` and the commit
    /// timeout. Meanwhile a commit whose metadata is too long for the broker is sent again with less of it.
    ///
    /// - Parameter repetition: How long a commit is sent again that the broker refuses for the moment, as during a
    ///   rebalance.
    func commitAndWait(
        _ commits: [ParallelCommit],
        limit: Duration = .seconds(3600),
        repetition: Duration = .zero
    ) {
        if commits.isEmpty { return }
        let start = ContinuousClock.now
        let deadline = start + min(limit, client?.configuration.commitTimeout ?? .zero)
        let lastRepetition = min(deadline, start + repetition)
        var commits = commits
        while true {
            let answer = LastAnswer()
            send(commits, isLast: true) { answer.note($0) }
            switch answer.wait(ContinuousClock.now.duration(to: deadline)) {
            case .final: return
            case .refusedForNow:
                guard ContinuousClock.now + Self.refusalWait < lastRepetition else { return }
                answer.sleep(Self.refusalWait)
            case .tooLong:
                // Each round at least halves the longest text, down to none.
                guard ContinuousClock.now < deadline, commits.contains(where: { !$0.metadata.isEmpty }) else { return }
                let limit = state.withLock { $0.parallel.limits.metadata }
                commits = commits.map { $0.shortened(to: limit) }
            }
        }
    }

    /// The time before a refused commit is sent again.
    private static let refusalWait = Duration.milliseconds(100)

    private func send(
        _ commits: [ParallelCommit],
        isLast: Bool,
        _ answer: @escaping @Sendable (Result<Void, KafkaError>) -> Void
    ) {
        guard !commits.isEmpty else { return answer(.success(())) }
        guard let client, groupID != nil else { return answer(.failure(.consumerShutDown)) }
        let list = PartitionList(committing: commits.map { ($0.topicPartition.at($0.offset), $0.metadata) })
        let timeout = client.configuration.commitTimeout
        client.commits.send(client.pointer, timeout: timeout, list) { [weak self] result in
            self?.ended(commits, isLast: isLast, result)
            answer(result)
        }
    }

    private func ended(_ commits: [ParallelCommit], isLast: Bool, _ result: Result<Void, KafkaError>) {
        var isCommitted = true
        var isUnknown = false
        var isShortened = false
        if case .failure(let error) = result {
            isCommitted = false
            isUnknown = error.code == .unknownTopicOrPartition
            if error.isAboutMetadataLength {
                isShortened = state.withLock { $0.parallel.shortenMetadata(refused: commits) }
            }
            let text =
                if isUnknown {
                    "could not commit; trying again when the broker has told the ends of the partitions"
                } else if isShortened {
                    "could not commit; trying again with less metadata, so more records come again after a restart"
                } else {
                    "could not commit; trying again with the next commit"
                }
            ClientLog.consumer.warning(text, error: error) {
                $0.offsets = commits.map { "\($0.topicPartition)@\($0.offset)" }
            }
        } else {
            let level = state.withLock { $0.commitLineLevel(isLast: isLast, now: MonotonicTime.now) }
            ClientLog.consumer.log(level, "offsets committed") {
                $0.offsets = commits.map { "\($0.topicPartition)@\($0.offset)" }
            }
        }
        let signals = state.withLock { state in
            if isUnknown {
                for commit in commits { state.parallel.suspect(commit.topicPartition, generation: commit.generation) }
            }
            return commits.reduce(into: isShortened ? .commitNow : ParallelSignals()) {
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
            for suspect in suspects where !client.isEnded {
                // Without an answer, the next look asks again. Other suspects wait meanwhile.
                guard let end = try? client.end(of: suspect.topicPartition, timeout: .seconds(1)) else { continue }
                state.withLock { $0.parallel.confirm(suspect, end: end) }
            }
            housekeeping.withLock { $0.isAskingForSuspects = false }
        }
        if !isStarted { housekeeping.withLock { $0.isAskingForSuspects = false } }
    }
}

extension ParallelEngine.State {
    /// The level of a commit's line: INFO for the last commit of a partition and otherwise once a second, else DEBUG.
    fileprivate mutating func commitLineLevel(isLast: Bool, now: UInt64) -> LogLevel {
        let isDue = commitLineAt.map { MonotonicTime.elapsed(from: $0, to: now) >= 1_000_000_000 } ?? true
        guard isLast || isDue else { return .debug }
        commitLineAt = now
        return .info
    }
}

/// The answer to the last commit of partitions, for the thread that waits for it.
private final class LastAnswer: Sendable {
    enum Verdict: UInt8, AtomicRepresentable {
        /// The commit succeeded, or it cannot succeed, or there is no answer.
        case final
        /// The broker refused the commit, and may accept it later.
        case refusedForNow
        /// The broker may accept the commit with less metadata.
        case tooLong
    }

    private let verdict = Atomic<Verdict>(.final)
    private let semaphore = DispatchSemaphore(value: 0)

    func note(_ result: Result<Void, KafkaError>) {
        if case .failure(let error) = result {
            let verdict: Verdict =
                error.isAboutMetadataLength ? .tooLong : error.isRetriable ? .refusedForNow : .final
            self.verdict.store(verdict, ordering: .releasing)
        }
        semaphore.signal()
    }

    /// Waits for the answer.
    func wait(_ timeout: Duration) -> Verdict {
        _ = semaphore.wait(timeout: .now() + .milliseconds(Int(timeout.wholeMilliseconds)))
        return verdict.load(ordering: .acquiring)
    }

    /// Returns after some time. The answer has come, so that nobody signals any more.
    func sleep(_ time: Duration) {
        _ = semaphore.wait(timeout: .now() + .milliseconds(Int(time.wholeMilliseconds)))
    }
}
