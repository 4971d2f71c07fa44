import Testing

@testable import KafkaPropagation

@Suite("The watchdog of a parallel consumer", .timeLimit(.minutes(10)))
struct ParallelWatchTests {
    private let place = KafkaTopicPartition(topic: "frames", partition: 0)
    private var watch = ParallelWatch(timeout: 10, now: 0)
    private var state = ParallelState<NumberedRecord>(ParallelLimits(maxConcurrency: 2))

    /// What the poll loop sees of the state.
    private func sight(_ change: (inout ParallelWatch.Sight) -> Void = { _ in }) -> ParallelWatch.Sight {
        var sight = ParallelWatch.Sight(partitions: state.partitionViews)
        change(&sight)
        return sight
    }

    private mutating func offer(_ offsets: Range<Int>) {
        let index = state.index(of: place)
        for offset in offsets {
            let record = NumberedRecord(key: "\(offset)", number: offset)
            _ = state.offer(record, partition: index, offset: offset, bytes: 1, lane: .key(hash: offset))
        }
    }

    @Test("A partition with records that does not move is reported once for each timeout, and when it moves again")
    mutating func stalled() {
        state.assign(place, committed: 0)
        offer(0..<3)
        let jobs = (0..<2).compactMap { _ in state.begin(now: 0) }
        #expect(watch.look(sight(), now: 0) == [])
        #expect(watch.condition == .working)
        #expect(watch.look(sight(), now: 9) == [])
        #expect(watch.look(sight(), now: 10) == [.stalled(place, 10)])
        #expect(watch.condition == .stalled && watch.stalled == [place: 0])
        #expect(watch.look(sight(), now: 15) == [])
        #expect(watch.look(sight(), now: 20) == [.stalled(place, 20)])
        _ = state.settle(jobs[0], .succeeded)
        #expect(watch.look(sight(), now: 21) == [.moves(place)])
        #expect(watch.condition == .working)
    }

    @Test("A consumer that waits for new records is healthy, however long")
    mutating func idle() {
        state.assign(place, committed: 0)
        for now in stride(from: 0, to: 1000, by: 7) as StrideTo<UInt64> {
            #expect(watch.look(sight(), now: now) == [])
        }
        #expect(watch.condition == .working)
    }

    @Test("Without an assignment or a connection for the timeout, one warning comes for each timeout")
    mutating func conditions() {
        #expect(watch.look(sight(), now: 5) == [])
        #expect(watch.look(sight(), now: 10) == [.lasting(.starting, 10)])
        #expect(watch.look(sight(), now: 19) == [])
        #expect(watch.look(sight { $0.isDisconnected = true }, now: 20) == [])
        #expect(watch.condition == .disconnected && watch.since == 20)
        #expect(watch.look(sight { $0.isDisconnected = true }, now: 30) == [.lasting(.disconnected, 10)])
        state.assign(place, committed: 0)
        #expect(watch.look(sight { $0.group = .assigned }, now: 31) == [])
        _ = state.fence(place)
        #expect(watch.look(sight { $0.group = .rebalancing }, now: 32) == [])
        #expect(watch.condition == .rebalancing && watch.since == 32)
        #expect(watch.look(sight { $0.group = .rebalancing }, now: 42) == [.lasting(.rebalancing, 10)])
        #expect(watch.look(sight { $0.group = .assigned }, now: 43) == [])
        #expect(watch.condition == .noAssignment && watch.since == 43)
        #expect(watch.look(sight { $0.isStopping = true }, now: 90) == [])
        #expect(watch.condition == .shuttingDown)
        #expect(watch.look(sight { $0.hasEnded = true }, now: 200) == [])
        #expect(watch.condition == .ended)
    }

    @Test("Keys appear as text, in base64, hashed or not at all")
    func keys() {
        typealias Disclosure = ParallelConsumer.KeyDisclosure
        #expect(Disclosure.text.text(of: Array("north".utf8)) == "north")
        #expect(Disclosure.text.text(of: [0xFF, 0xFE]) == "//4")
        #expect(Disclosure.text.text(of: Array(String(repeating: "é", count: 200).utf8))?.utf8.count == 256)
        #expect(Disclosure.text.text(of: nil) == nil)
        // FNV-1a of "a", from the authors' table of test vectors.
        #expect(Disclosure.hash.text(of: Array("a".utf8)) == "af63dc4c8601ec8c")
        #expect(Disclosure.none.text(of: [1]) == nil)
    }
}
