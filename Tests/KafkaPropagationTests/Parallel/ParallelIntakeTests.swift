import Testing

@testable import KafkaPropagation

@Suite("Intake of a parallel consumer", .timeLimit(.minutes(10)))
struct ParallelIntakeTests {
    private typealias State = ParallelState<NumberedRecord>
    private let place = KafkaTopicPartition(topic: "frames", partition: 0)

    private func offer(_ offsets: Range<Int>, to state: inout State, bytes: Int = 1) {
        let index = state.index(of: place)
        for offset in offsets {
            let record = NumberedRecord(key: "", number: offset)
            _ = state.offer(record, partition: index, offset: offset, bytes: bytes, lane: .none)
        }
    }

    @Test("At the end of a partition, the commit passes transaction markers and compacted records")
    func pass() {
        var state = State(ParallelLimits(maxConcurrency: 10))
        state.assign(place, committed: 5)
        offer(5..<6, to: &state)
        let job = state.begin(now: 0)
        state.pass(place, to: 9)
        // The record at 5 is not finished.
        #expect(state.takeCommits().isEmpty && state.partitionView(place)?.frontier == 5)
        if let job { _ = state.settle(job, .succeeded) }
        let commits = state.takeCommits()
        #expect(commits.map(\.offset) == [9])
        for commit in commits { state.endCommit(commit, isCommitted: true) }
        state.pass(place, to: 9)
        state.pass(place, to: 7)
        state.pass(place, to: -1)
        #expect(state.takeCommits().isEmpty)
        state.pass(place, to: 12)
        #expect(state.takeCommits().map(\.offset) == [12])
        #expect(
            state.offer(NumberedRecord(key: "", number: 12), partition: 0, offset: 12, bytes: 1, lane: .none) == .taken
        )
    }

    @Test("The end of a partition that refuses records moves nothing: records below it may be unhandled")
    func passAfterRefusal() {
        var state = State(ParallelLimits(maxConcurrency: 10))
        state.pass(place, to: 9)
        state.assign(place, committed: 5)
        state.revoke(place)
        state.pass(place, to: 9)
        #expect(state.fence(place) == nil)
        state.assign(place, committed: 5)
        offer(2..<3, to: &state)
        state.pass(place, to: 9)
        #expect(state.partitionView(place)?.phase == .rewinding && state.takeCommits().isEmpty)
        state.rewound(place, to: 2)
        state.stop()
        offer(2..<3, to: &state)
        state.pass(place, to: 9)
        #expect(state.takeCommits().isEmpty && state.fence(place) == nil)
    }

    @Test("Records larger than the ones before pass the bound of bytes once, and no others come until half is free")
    func largeRecords() {
        var state = State(ParallelLimits(maxConcurrency: 10, records: 1000, bytes: 1000))
        state.assign(place, committed: 0)
        let first = state.room(place)
        // The size of the records is not known yet.
        #expect(first == 1)
        offer(0..<1, to: &state)
        let room = state.room(place)
        #expect(room == 999)
        offer(1..<11, to: &state, bytes: 300)
        #expect(state.heldBytes == 3001)
        for _ in 0..<10 {
            #expect(state.room(place) == 0)
            if let job = state.begin(now: 0) { _ = state.settle(job, .succeeded) }
            state.endHandler()
        }
        #expect(state.heldBytes == 300)
        // The guess follows the size.
        #expect(state.room(place) == 3)
    }

    @Test("One busy partition among many idle ones may use half of the memory, and leaves room for the others")
    func busyPartition() {
        var state = State(ParallelLimits(maxConcurrency: 1000, records: 640))
        for partition in 0..<64 {
            state.assign(
                KafkaTopicPartition(topic: "frames", partition: KafkaPartition(rawValue: partition)),
                committed: 0
            )
        }
        let busy = state.room(place)
        #expect(busy == 320)
        offer(0..<busy, to: &state)
        #expect(state.room(place) == 0)
        let other = state.room(KafkaTopicPartition(topic: "frames", partition: 1))
        #expect(other == 10)
    }

    @Test("A full partition whose records do not move opens when the others have left the memory")
    func crowded() {
        var state = State(ParallelLimits(maxConcurrency: 1000, records: 60))
        let others = (1..<6).map { KafkaTopicPartition(topic: "frames", partition: KafkaPartition(rawValue: $0)) }
        state.assign(place, committed: 0)
        for other in others { state.assign(other, committed: 0) }
        for other in others {
            let index = state.index(of: other)
            for offset in 0..<10 {
                let record = NumberedRecord(key: "", number: offset)
                _ = state.offer(record, partition: index, offset: offset, bytes: 1, lane: .none)
            }
        }
        var jobs: [ScheduledJobID] = []
        while let job = state.begin(now: 0) { jobs.append(job) }
        offer(0..<10, to: &state)
        #expect(state.room(place) == 0)
        var reopened: [Int] = []
        for job in jobs where state.settle(job, .succeeded).contains(.reopened) { reopened.append(state.held) }
        #expect(reopened == [15])
        #expect(state.room(place) == 20)
    }

    @Test("Dead letters of lost assignments that are never sent do not fill the memory", arguments: [0, 1])
    func lostLetters(_ bytes: Int) {
        // Bounded by records, then by bytes.
        let limits = ParallelLimits(maxConcurrency: 100, records: bytes == 0 ? 4 : 1000, bytes: bytes == 0 ? 1000 : 4)
        var state = State(limits)
        var jobs: [ScheduledJobID] = []
        for round in 0..<100 {
            // Another member finished the records in the meantime.
            state.assign(place, committed: round * 10)
            var offset = round * 10
            while state.room(place) > 0, offset < round * 10 + 10 {
                offer(offset..<offset + 1, to: &state, bytes: 1)
                offset += 1
            }
            while let job = state.begin(now: 0) {
                state.endHandler()
                _ = state.settle(job, .deadLetter)
                jobs.append(job)
            }
            _ = state.fence(place)
        }
        #expect(state.scheduler.count == state.fenced && state.fenced >= 4 && state.fenced <= 9)
        state.assign(place, committed: 1000)
        #expect(state.room(place) == 0)
        let signals = state.endDeadLetter(jobs[0], retryAt: nil)
        #expect(signals == .reopened)
        for job in jobs { _ = state.endDeadLetter(job, retryAt: nil) }
        #expect(state.fenced == 0 && state.fencedBytes == 0 && state.room(place) > 1)
    }

    @Test("An end of a dead letter that is reported twice changes nothing")
    func letterTwice() {
        var state = State(ParallelLimits(maxConcurrency: 10))
        state.assign(place, committed: 0)
        offer(0..<1, to: &state)
        let job = state.begin(now: 0)
        guard let job else { return #expect(Bool(false), "no handler begins") }
        _ = state.settle(job, .deadLetter)
        _ = state.endDeadLetter(job, retryAt: 5)
        _ = state.endDeadLetter(job, retryAt: 6)
        _ = state.endDeadLetter(job, retryAt: nil)
        #expect(state.partitionView(place)?.leaving == 0 && state.partitionView(place)?.records == 1)
        #expect(state.wake(now: 5) == [job] && state.nextDue == nil)
        _ = state.endDeadLetter(job, retryAt: nil)
        #expect(state.takeCommits().map(\.offset) == [1] && state.held == 0)
    }

    @Test("A partition that is assigned and revoked thousands of times leaves nothing in memory")
    func assignments() {
        var state = State(ParallelLimits(maxConcurrency: 8, records: 40))
        let other = KafkaTopicPartition(topic: "frames", partition: 1)
        var late: [ScheduledJobID] = []
        for round in 0..<5000 {
            let place = round % 2 == 0 ? place : other
            state.assign(place, committed: 0)
            let index = state.index(of: place)
            for offset in 0..<20 {
                let lane: SchedulingLane = [.none, .partition, .key(hash: offset)][(round + offset) % 3]
                let record = NumberedRecord(key: "\(offset)", number: offset)
                _ = state.offer(record, partition: index, offset: offset, bytes: 1, lane: lane)
            }
            for job in late { _ = state.endDeadLetter(job, retryAt: nil) }
            late = []
            while let job = state.begin(now: 0) {
                state.endHandler()
                switch job.index % 4 {
                case 0: _ = state.settle(job, .retry(at: 1000))
                case 1:
                    _ = state.settle(job, .deadLetter)
                    late.append(job)
                case 2:
                    _ = state.settle(job, .deadLetter)
                    _ = state.endDeadLetter(job, retryAt: 1000)
                default: _ = state.settle(job, .succeeded)
                }
            }
            state.revoke(place)
            _ = state.fence(place)
        }
        for job in late { _ = state.endDeadLetter(job, retryAt: nil) }
        #expect(state.held == 0 && state.fenced == 0 && state.heldBytes == 0)
        #expect(state.scheduler.count == 0 && state.scheduler.laneCount == 0 && state.retries.count == 0)
        // The slots for records and lanes are used again.
        #expect(state.scheduler.jobs.count <= 80 && state.scheduler.lanes.capacity <= 80)
        #expect(state.partitions.count == 2)
    }
}
