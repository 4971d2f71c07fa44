import Testing

@testable import KafkaPropagation

@Suite("Figures of a parallel consumer", .timeLimit(.minutes(10)))
struct ParallelViewTests {
    private typealias State = ParallelState<NumberedRecord>
    private let place = KafkaTopicPartition(topic: "frames", partition: 3)

    /// A state with a partition and one record for each letter, which is the key. A hyphen stands for no key.
    private func state(_ keys: String, committed: Int = 0) -> State {
        var state = State(ParallelLimits(maxConcurrency: 10))
        state.assign(place, committed: committed)
        offer(keys, from: committed, to: &state)
        return state
    }

    private func offer(_ keys: String, from first: Int, to state: inout State) {
        let index = state.index(of: place)
        for (number, key) in keys.enumerated() {
            let record = NumberedRecord(key: String(key), number: first + number)
            let lane: SchedulingLane = key == "-" ? .none : .key(hash: 1)
            _ = state.offer(record, partition: index, offset: first + number, bytes: 10, lane: lane)
        }
    }

    @Test("A partition's figures count running, waiting and leaving records, and give its frontier")
    func figures() throws {
        var state = state("abcde", committed: 5)
        let jobs = (0..<4).compactMap { _ in state.begin(now: 0) }
        _ = state.settle(jobs[0], .retry(at: 100))
        _ = state.settle(jobs[1], .deadLetter)
        _ = state.settle(jobs[2], .succeeded)
        let view = try #require(state.partitionView(place))
        #expect(view.topicPartition == place && view.phase == .active)
        #expect(view.frontier == 5 && view.end == 10)
        #expect(view.pending == 4 && view.records == 4 && view.bytes == 40)
        #expect(view.running == 1 && view.waiting == 1 && view.leaving == 1)
        #expect(state.partitionViews == [view])
        state.revoke(place)
        #expect(state.partitionView(place)?.phase == .revoking && state.partitionView(place)?.waiting == 0)
        _ = state.fence(place)
        #expect(state.partitionView(place) == nil && state.partitionViews.isEmpty)
        #expect(state.held == 0 && state.fenced == 2 && state.fencedBytes == 20)
    }

    @Test("Asking about an unknown partition uses no memory")
    func unknown() {
        let state = state("a")
        let other = KafkaTopicPartition(topic: "frames", partition: 9)
        #expect(state.partitionView(other) == nil && state.oldest(in: other) == nil)
        #expect(state.partitions.count == 1)
    }

    @Test("The oldest record tells at which stage it holds up the partition")
    func oldest() throws {
        var state = state("ab")
        #expect(state.oldest(in: place)?.phase == .queued(behind: nil))
        let jobs = (0..<2).compactMap { _ in state.begin(now: 7) }
        _ = state.settle(jobs[1], .succeeded)
        let running = try #require(state.oldest(in: place))
        #expect(running.phase == .running && running.offset == 0 && running.attempts == 1)
        #expect(running.record == NumberedRecord(key: "a", number: 0))
        _ = state.settle(jobs[0], .retry(at: 50))
        #expect(state.oldest(in: place)?.phase == .waiting(until: 50))
        _ = state.wake(now: 50)
        _ = state.begin(now: 51)
        #expect(state.oldest(in: place)?.phase == .running && state.oldest(in: place)?.attempts == 2)
        _ = state.settle(jobs[0], .deadLetter)
        #expect(state.oldest(in: place)?.phase == .deadLetter(nextSend: nil))
        _ = state.endDeadLetter(jobs[0], retryAt: 90)
        #expect(state.oldest(in: place)?.phase == .deadLetter(nextSend: 90))
        #expect(state.wake(now: 90) == [jobs[0]])
        #expect(state.oldest(in: place)?.phase == .deadLetter(nextSend: nil))
        _ = state.endDeadLetter(jobs[0], retryAt: nil)
        #expect(state.oldest(in: place) == nil && state.partitionView(place)?.frontier == 2)
    }

    @Test("A record that waits for a handler of a lost assignment names the record of that handler")
    func blocker() {
        var state = state("a")
        let job = state.begin(now: 3)
        _ = state.fence(place)
        state.assign(place, committed: 0)
        offer("a", from: 0, to: &state)
        let blocker = KafkaTopicPartitionOffset(topicPartition: place, offset: 0)
        #expect(state.oldest(in: place)?.phase == .queued(behind: blocker))
        if let job { _ = state.settle(job, .succeeded) }
        #expect(state.oldest(in: place)?.phase == .queued(behind: nil))
        // The late result finished nothing.
        #expect(state.partitionView(place)?.frontier == 0 && state.counts.late == 1)
    }

    @Test("While the consumer shuts down, a record whose handler does not begin any more is left behind")
    func leftBehind() {
        var (queued, failed, running) = (state("a"), state("a"), state("a"))
        if let job = failed.begin(now: 0) { _ = failed.settle(job, .retry(at: 50)) }
        _ = running.begin(now: 0)
        queued.stop()
        failed.stop()
        running.stop()
        #expect(queued.oldest(in: place)?.phase == .leftBehind && failed.oldest(in: place)?.phase == .leftBehind)
        #expect(running.oldest(in: place)?.phase == .running)
    }

    @Test("A shutdown waits for every handler, also of a lost partition, and for the dead letters that count")
    func busy() throws {
        var state = state("abcd")
        let jobs = (0..<3).compactMap { _ in state.begin(now: 7) }
        _ = state.settle(jobs[1], .deadLetter)
        _ = state.settle(jobs[2], .retry(at: 50))
        #expect(state.busy.map(\.place) == [place.at(0), place.at(1)] && state.busy.map(\.since) == [7, 7])
        state.lose(place)
        #expect(state.busy.map(\.place) == [place.at(0)])
        _ = state.settle(jobs[0], .succeeded)
        #expect(state.busy.isEmpty)
    }

    @Test("Records that no handler has can be swapped for copies, and keep their places")
    func replace() {
        var state = state("aabbc-")
        let jobs = (0..<4).compactMap { _ in state.begin(now: 0) }
        _ = state.settle(jobs[0], .retry(at: 9))
        _ = state.settle(jobs[2], .deadLetter)
        _ = state.endDeadLetter(jobs[2], retryAt: 9)
        // Offsets 2 and 5 run; 0 and 4 wait; 1 and 3 are queued.
        let swapped = state.replaceRecords { $0 = NumberedRecord(key: $0.key, number: $0.number + 100) }
        let none = state.replaceRecords(where: { $0.number < 100 }, with: { _ in })
        #expect(swapped == 4 && none == 0)
        let numbers = jobs.map { state.view($0)?.record.number }
        #expect(numbers == [100, 2, 104, 5])
        #expect(state.oldest(in: place)?.record.number == 100)
        _ = state.wake(now: 9)
        #expect(state.begin(now: 9) == jobs[0])
        _ = state.settle(jobs[0], .succeeded)
        let next = state.begin(now: 9).flatMap { state.view($0)?.record.number }
        #expect(next == 101)
    }
}
