import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("State of a parallel consumer", .timeLimit(.minutes(10)))
struct ParallelStateTests {
    private typealias State = ParallelState<NumberedRecord>
    private let place = KafkaTopicPartition(topic: "frames", partition: 0)

    private static func state(_ limits: ParallelLimits = .init(maxConcurrency: 10)) -> State {
        State(limits)
    }

    private func offer(
        _ offsets: some Sequence<Int>,
        to state: inout State,
        bytes: Int = 1
    ) -> [State
        .Intake]
    {
        let index = state.index(of: place)
        return offsets.map { offset in
            let record = NumberedRecord(key: "\(offset % 7)", number: offset)
            return state.offer(
                record,
                partition: index,
                offset: offset,
                bytes: bytes,
                lane: .key(hash: offset % 7)
            )
        }
    }

    @Test("A commit waits for the slow record and names the finished offsets beyond it")
    func commits() {
        var state = Self.state()
        state.assign(place, committed: 0)
        _ = offer(0..<4, to: &state)
        let jobs = (0..<4).compactMap { _ in state.begin(now: 0) }
        for job in jobs.dropFirst() { _ = state.settle(job, .succeeded) }
        let commits = state.takeCommits()
        #expect(commits.map(\.offset) == [0])
        let finished = commits.first.map { CommitMetadata.decode($0.metadata, committed: 0, end: 4) }
        #expect(finished == .finished([1..<4]))
        let none = state.takeCommits()
        #expect(none.isEmpty)
        for commit in commits { state.endCommit(commit, isCommitted: false) }
        _ = state.settle(jobs[0], .succeeded)
        let again = state.takeCommits()
        #expect(again.map(\.offset) == [4] && again.map(\.metadata) == [""])
    }

    @Test(
        "After a broker did not know the partition, nothing is committed until its end shows that the log is the same"
    )
    func suspect() {
        var state = Self.state()
        state.assign(place, committed: 0)
        _ = offer(0..<4, to: &state)
        let jobs = (0..<4).compactMap { _ in state.begin(now: 0) }
        for job in jobs.prefix(2) { _ = state.settle(job, .succeeded) }
        for commit in state.takeCommits() {
            state.suspect(commit.topicPartition, generation: commit.generation)
            state.endCommit(commit, isCommitted: false)
        }
        let suspects = state.suspects
        #expect(suspects.map(\.topicPartition) == [place])
        #expect(Self.offsets(&state) == [])

        // A new log of the same name, shorter than the old one.
        for suspect in suspects { state.confirm(suspect, end: 3) }
        #expect(Self.offsets(&state) == [])
        var revoked = state
        let last = revoked.fence(place)
        #expect(last == nil)
        revoked.assign(place, committed: nil)
        #expect(revoked.suspects.isEmpty)
        // The answer to a question of an earlier assignment counts for nothing.
        for suspect in suspects { revoked.confirm(suspect, end: 9) }

        for suspect in suspects { state.confirm(suspect, end: 4) }
        #expect(state.suspects.isEmpty)
        #expect(Self.offsets(&state) == [2])
        let end = state.fence(place)
        #expect(end?.offset == 2)
    }

    private static func offsets(_ state: inout State) -> [Int] { state.takeCommits().map(\.offset) }

    @Test("A commit that failed is requested again, and a partition has one commit without an answer at most")
    func failedCommit() {
        var state = Self.state()
        state.assign(place, committed: 0)
        _ = offer(0..<3, to: &state)
        let jobs = (0..<3).compactMap { _ in state.begin(now: 0) }
        _ = state.settle(jobs[0], .succeeded)
        let failed = state.takeCommits()
        _ = state.settle(jobs[1], .succeeded)
        #expect(failed.map(\.offset) == [1] && state.takeCommits().isEmpty)
        for commit in failed { state.endCommit(commit, isCommitted: true) }
        let second = state.takeCommits()
        #expect(second.map(\.offset) == [2])
        // No record was finished meanwhile.
        for commit in second { state.endCommit(commit, isCommitted: false) }
        #expect(state.takeCommits().map(\.offset) == [2])
    }

    @Test("A commit that is wanted while one has no answer is wanted again when the answer comes")
    func overdueCommit() {
        var state = Self.state()
        state.assign(place, committed: 0)
        _ = offer(0..<4, to: &state)
        let jobs = (0..<4).compactMap { _ in state.begin(now: 0) }
        _ = state.settle(jobs[0], .succeeded)
        let first = state.takeCommits()
        _ = state.settle(jobs[1], .succeeded)
        #expect(first.map(\.offset) == [1] && state.takeCommits().isEmpty)
        #expect(first.map { state.endCommit($0, isCommitted: true) } == [.commitNow])
        let second = state.takeCommits()
        // Nobody asked for a commit meanwhile.
        _ = state.settle(jobs[2], .succeeded)
        #expect(second.map { state.endCommit($0, isCommitted: true) } == [[]])
        let third = state.takeCommits()
        _ = state.settle(jobs[3], .succeeded)
        _ = state.takeCommits()
        // A broker that refuses commits is not asked again at once.
        #expect(third.map { state.endCommit($0, isCommitted: false) } == [[]])
        #expect(state.takeCommits().map(\.offset) == [4])
    }

    @Test("The answer to a commit of an earlier assignment changes nothing", arguments: [true, false])
    func staleAnswer(_ isCommitted: Bool) {
        var state = Self.state()
        state.assign(place, committed: 0)
        _ = offer(0..<2, to: &state)
        if let job = state.begin(now: 0) { _ = state.settle(job, .succeeded) }
        let stale = state.takeCommits()
        #expect(stale.map(\.offset) == [1])
        _ = state.fence(place)
        state.assign(place, committed: 1)
        for commit in stale { state.endCommit(commit, isCommitted: isCommitted) }
        #expect(state.takeCommits().isEmpty)
        _ = offer(1..<3, to: &state)
        if let job = state.begin(now: 0) { _ = state.settle(job, .succeeded) }
        #expect(state.takeCommits().map(\.offset) == [2])
        if let job = state.begin(now: 0) { _ = state.settle(job, .succeeded) }
        for commit in stale { state.endCommit(commit, isCommitted: isCommitted) }
        // The commit of this assignment has no answer yet.
        #expect(state.takeCommits().isEmpty)
    }

    @Test("Intake stops when a partition is full, and opens when half of its room is free")
    func backpressure() {
        var state = Self.state(ParallelLimits(maxConcurrency: 100, records: 8))
        state.assign(place, committed: 0)
        let room = state.room(place)
        #expect(room == 8)
        _ = offer(0..<8, to: &state)
        var signals: [ParallelSignals] = []
        for _ in 0..<7 {
            let full = state.room(place)
            #expect((full == 0) == (state.held > 4))
            if let job = state.begin(now: 0) { signals.append(state.settle(job, .succeeded)) }
        }
        #expect(signals.prefix(4).map { $0.contains(.reopened) } == [false, false, false, true])
    }

    @Test("Large records fill a partition by their bytes")
    func bytes() {
        var state = Self.state(ParallelLimits(maxConcurrency: 100, records: 1000, bytes: 1000))
        state.assign(place, committed: 0)
        _ = offer(0..<3, to: &state, bytes: 400)
        let room = state.room(place)
        #expect(room == 0)
    }

    @Test("A record that failed waits, and one whose dead letter cannot be sent stays pending")
    func failures() {
        var state = Self.state()
        state.assign(place, committed: 0)
        _ = offer([0, 1], to: &state)
        let jobs = (0..<2).compactMap { _ in state.begin(now: 0) }
        let signals = [state.settle(jobs[0], .retry(at: 50)), state.settle(jobs[1], .deadLetter)]
        #expect(signals == [.dueEarlier, []])
        let failed = state.endDeadLetter(jobs[1], retryAt: 20)
        #expect(failed == .dueEarlier && state.nextDue == 20)
        let early = state.wake(now: 19)
        let letters = state.wake(now: 20)
        #expect(early.isEmpty && letters == [jobs[1]])
        _ = state.endDeadLetter(jobs[1], retryAt: nil)
        #expect(state.takeCommits().map(\.offset) == [0])
        _ = state.wake(now: 50)
        let again = state.begin(now: 50)
        #expect(again == jobs[0])
        _ = state.settle(jobs[0], .skip)
        #expect(
            state.counts.deadLettered == 1 && state.counts.skipped == 1 && state.counts.retried == 1
        )
    }

    @Test(
        "A partition that is about to go lets its handlers finish, commits, and drops later results"
    )
    func revoke() {
        var state = Self.state()
        state.assign(place, committed: 0)
        _ = offer(0..<3, to: &state)
        let jobs = (0..<2).compactMap { _ in state.begin(now: 0) }
        state.revoke(place)
        let none = state.begin(now: 0)
        let room = state.room(place)
        let drained = state.isDrained(place)
        #expect(none == nil && room == 0 && !drained)
        _ = state.settle(jobs[0], .succeeded)
        let commit = state.fence(place)
        #expect(commit?.offset == 1)
        _ = state.settle(jobs[1], .succeeded)
        #expect(state.counts.late == 1 && state.counts.dropped == 1)
        state.assign(place, committed: 1)
        #expect(state.takeCommits().isEmpty)
        let refused = offer([0], to: &state)
        #expect(refused == [.rewind(to: 0)])
    }

    @Test("A stop begins no handler, and the record that caused it is not committed")
    func stop() {
        var state = Self.state()
        state.assign(place, committed: 0)
        _ = offer(0..<3, to: &state)
        let job = state.begin(now: 0)
        let signals = job.map { state.settle($0, .stop) }
        let next = state.begin(now: 0)
        #expect(signals?.contains(.stopped) == true && next == nil)
        let commit = state.fence(place)
        #expect(commit == nil)
    }

    @Test(
        "Intake slows down while the finished offsets hardly fit the metadata, and never stops while records finish"
    )
    func metadata() {
        var state = Self.state(ParallelLimits(maxConcurrency: 20_000, records: 100_000, metadata: 400))
        let jobs = beginMany(&state)
        var signals: ParallelSignals = []
        for number in stride(from: 1, to: 20_000, by: 40) where !signals.contains(.commitNow) {
            signals = state.settle(jobs[number], .succeeded)
        }
        #expect(signals.contains(.commitNow))
        let full = state.room(place)
        let reopened = state.settle(jobs[19_999], .succeeded)
        let room = state.room(place)
        #expect(full == 0 && reopened.contains(.reopened) && room == 1)
        #expect(state.takeCommits().allSatisfy { $0.metadata.utf8.count <= 400 })
        for job in jobs { _ = state.settle(job, .succeeded) }
        #expect(state.room(place) > 1000)
    }

    /// A partition with 20,000 running records.
    private func beginMany(_ state: inout State) -> [ScheduledJobID] {
        state.assign(place, committed: 0)
        let index = state.index(of: place)
        for offset in 0..<20_000 {
            let record = NumberedRecord(key: "", number: offset)
            _ = state.offer(record, partition: index, offset: offset, bytes: 1, lane: .none)
        }
        var jobs: [ScheduledJobID] = []
        while let job = state.begin(now: 0) { jobs.append(job) }
        return jobs
    }

    /// Every fortieth of many records finishes, until the metadata is nearly full.
    ///
    /// - Returns: The records that are not finished, and the signals.
    private func fill(_ state: inout State) -> (jobs: [ScheduledJobID], signals: ParallelSignals) {
        let jobs = beginMany(&state)
        var left: [ScheduledJobID] = []
        var signals: ParallelSignals = []
        for (number, job) in jobs.enumerated() {
            if number % 40 == 1, !signals.contains(.commitNow) {
                signals.formUnion(state.settle(job, .succeeded))
            } else {
                left.append(job)
            }
        }
        return (left, signals)
    }

    @Test("Dead letters that hang while the finished offsets hardly fit the metadata do not stop the intake")
    func metadataAndLetters() {
        var state = Self.state(ParallelLimits(maxConcurrency: 20_000, records: 100_000, metadata: 400))
        let (jobs, signals) = fill(&state)
        #expect(signals.contains(.commitNow) && state.room(place) == 0)
        for job in jobs { _ = state.settle(job, .deadLetter) }
        #expect(state.partitionView(place)?.leaving == jobs.count && state.room(place) > 1000)
        for job in jobs { _ = state.endDeadLetter(job, retryAt: 5) }
        #expect(state.partitionView(place)?.waiting == jobs.count && state.room(place) > 1000)
    }

    @Test(
        "While the finished offsets hardly fit the metadata, a finished record wakes the reader only if it has to wait"
    )
    func metadataAndSignals() {
        var state = Self.state(ParallelLimits(maxConcurrency: 20_000, records: 100_000, metadata: 400))
        let (jobs, signals) = fill(&state)
        #expect(signals.contains(.commitNow) && state.room(place) == 0)
        #expect(state.settle(jobs[1000], .succeeded) == .reopened)
        // The reader did not look yet.
        #expect(state.settle(jobs[2000], .succeeded) == .reopened)
        #expect(state.room(place) == 2)
        #expect(state.settle(jobs[3000], .succeeded) == [])
        #expect(state.room(place) == 3)
        let index = state.index(of: place)
        for offset in 20_000..<20_003 {
            let record = NumberedRecord(key: "", number: offset)
            _ = state.offer(record, partition: index, offset: offset, bytes: 1, lane: .none)
        }
        #expect(state.room(place) == 0)
        #expect(state.settle(jobs[4000], .succeeded) == .reopened)
    }

    @Test("After a broker refused metadata as too long, all metadata has at most half the length")
    func refusedMetadata() throws {
        var state = Self.state(ParallelLimits(maxConcurrency: 20_000, records: 100_000))
        let jobs = beginMany(&state)
        for number in stride(from: 1, to: 20_000, by: 40) { _ = state.settle(jobs[number], .succeeded) }
        var lengths: [Int] = []
        while true {
            let commits = state.takeCommits()
            let commit = try #require(commits.first)
            #expect(commits.count == 1 && commit.offset == 0)
            lengths.append(commit.metadata.utf8.count)
            let isShortened = state.shortenMetadata(refused: commits)
            #expect(isShortened == !commit.metadata.isEmpty)
            #expect(commit.shortened(to: state.limits.metadata).metadata.utf8.count <= state.limits.metadata)
            // The answer to an older commit changes nothing.
            let limit = state.limits.metadata
            _ = state.shortenMetadata(refused: [commit])
            #expect(state.limits.metadata == limit)
            state.endCommit(commit, isCommitted: false)
            if !isShortened { break }
        }
        #expect(lengths.count > 4 && lengths.first ?? 0 > 500 && lengths.last == 0)
        for (longer, shorter) in zip(lengths, lengths.dropFirst()) { #expect(shorter <= longer / 2) }
        // The intake goes on without any metadata.
        for job in jobs { _ = state.settle(job, .succeeded) }
        #expect(state.room(place) > 1000)
    }

    @Test("A commit that is made shorter keeps its offset and the first of the finished offsets")
    func shortened() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SplitMix(state: seed)
            var finished: [Range<Int>] = []
            var position = Int.random(in: 0..<1000, using: &random)
            let committed = position
            for _ in 0..<Int.random(in: 0..<300, using: &random) {
                let start = position + Int.random(in: 1..<20, using: &random)
                position = start + Int.random(in: 1..<20, using: &random)
                finished.append(start..<position)
            }
            let commit = ParallelCommit(
                topicPartition: place,
                generation: 3,
                offset: committed,
                metadata: CommitMetadata.encode(committed: committed, finished: finished)
            )
            let limit = Int.random(in: 0..<500, using: &random)
            let short = commit.shortened(to: limit)
            #expect(short.topicPartition == place && short.generation == 3 && short.offset == committed)
            #expect(short.metadata.utf8.count <= limit)
            if commit.metadata.utf8.count <= limit { #expect(short == commit) }
            var kept: Set<Int> = []
            switch CommitMetadata.decode(short.metadata, committed: committed, end: position) {
            case .finished(let ranges): kept = Set(ranges.joined())
            case .nothing(let reason): #expect(reason == .absent)
            }
            #expect(kept == Set(Set(finished.joined()).sorted().prefix(kept.count)))
        }
    }

    @Test("Without a group, nothing is committed, and no metadata slows the intake down")
    func withoutGroup() {
        var state = Self.state(ParallelLimits(maxConcurrency: 20_000, records: 100_000, metadata: 400, commits: false))
        let (jobs, signals) = fill(&state)
        #expect(signals == [] && state.room(place) > 1000)
        #expect(jobs.count == 20_000 - 500)
        #expect(state.takeCommits().isEmpty)
        #expect(state.fence(place) == nil)
    }
}
