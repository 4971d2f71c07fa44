import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Ready records", .timeLimit(.minutes(10)))
struct ReadyRecordsTests {
    /// The same order, by a search through all records.
    private struct Model {
        private struct Ready {
            let index: Int
            let rank: Int
        }

        private var ready = [[Ready]](repeating: [], count: 4)
        private var highestRank = [Int](repeating: .min, count: 4)
        private var turns: [Int] = []

        var count: Int { ready.reduce(0) { $0 + $1.count } }

        mutating func add(_ index: Int, partition: Int, offset: Int, isTriedAgain: Bool) {
            let rank = isTriedAgain ? max(offset, highestRank[partition]) : offset
            highestRank[partition] = max(rank, highestRank[partition])
            if ready[partition].isEmpty { turns.append(partition) }
            ready[partition].append(Ready(index: index, rank: rank))
        }

        /// Takes a record out, and tells whether it was the first one.
        mutating func takes(_ index: Int) -> Bool {
            guard let partition = turns.first, let place = ready[partition].firstIndex(where: { $0.index == index })
            else {
                return false
            }
            let taken = ready[partition].remove(at: place)
            turns.removeFirst()
            if !ready[partition].isEmpty { turns.append(partition) }
            return ready[partition].allSatisfy { $0.rank >= taken.rank }
        }

        mutating func removeAll(of partition: Int) {
            ready[partition] = []
            highestRank[partition] = .min
            turns.removeAll { $0 == partition }
        }
    }

    @Test("Partitions take turns, and the record with the lowest rank is first", arguments: 0..<50 as Range<UInt64>)
    func order(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        var ready = ReadyRecords()
        var model = Model()
        var jobs: [ScheduledJob] = []
        for step in 0..<2_000 {
            switch Int.random(in: 0..<40, using: &random) {
            case 0:
                let partition = Int.random(in: 0..<4, using: &random)
                ready.removeAll(of: partition, jobs)
                model.removeAll(of: partition)
            case 1..<22:
                let partition = Int.random(in: 0..<4, using: &random)
                // Most offsets ascend, as they do when records are read.
                let isFollower = Int.random(in: 0..<3, using: &random) == 0
                let offset = isFollower ? Int.random(in: 0...step, using: &random) : step
                var job = ScheduledJob(partition: partition, offset: offset, bytes: 1, life: 1)
                if Int.random(in: 0..<5, using: &random) == 0 { job.attempts = 1 }
                jobs.append(job)
                ready.add(jobs.count - 1, &jobs)
                model.add(jobs.count - 1, partition: partition, offset: offset, isTriedAgain: job.attempts > 0)
            default:
                let index = ready.takeFirst(jobs)
                let isRight = index.map { model.takes($0) } ?? (model.count == 0)
                #expect(isRight)
            }
            #expect(ready.count == model.count)
        }
        while let index = ready.takeFirst(jobs) {
            let isRight = model.takes(index)
            #expect(isRight)
        }
        #expect(ready.count == 0 && model.count == 0)
    }

    @Test("A job fits in one cache line, with the greatest record that Kafka can have")
    func size() {
        let job = ScheduledJob(partition: 1, offset: 2, bytes: 2 * Int(Int32.max), life: 3)
        #expect(MemoryLayout<ScheduledJob>.size == 64 && job.bytes == 2 * Int(Int32.max))
    }
}
