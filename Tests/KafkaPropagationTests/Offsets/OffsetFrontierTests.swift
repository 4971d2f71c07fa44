import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("The frontier of a partition", .timeLimit(.minutes(10)))
struct OffsetFrontierTests {
    @Test("The frontier waits for the oldest unfinished record and then passes every finished one")
    func outOfOrder() {
        var frontier = OffsetFrontier(committed: 10)
        expect(frontier.begin(each: 10..<15), .pending)
        expect(frontier.finish(each: [14, 11, 12]), true)
        #expect(frontier.frontier == 10)
        #expect(frontier.finishedRanges == [11..<13, 14..<15])
        #expect(frontier.pending == 2)
        expect(frontier.finish(each: [10]), true)
        #expect(frontier.frontier == 13)
        expect(frontier.finish(each: [13]), true)
        #expect(frontier.frontier == 15)
        #expect(frontier.finishedRanges == [])
        #expect(frontier.pending == 0)
    }

    @Test("Gaps do not stop the frontier")
    func gaps() {
        var frontier = OffsetFrontier()
        #expect(frontier.frontier == nil)
        expect(frontier.begin(each: [5, 9, 1_000_000_000_000, 1_000_000_000_001]), .pending)
        #expect(frontier.frontier == 5)
        frontier.finish(9)
        frontier.finish(1_000_000_000_001)
        #expect(frontier.finishedRanges == [9..<10, 1_000_000_000_001..<1_000_000_000_002])
        frontier.finish(5)
        #expect(frontier.frontier == 1_000_000_000_000)
        frontier.finish(1_000_000_000_000)
        #expect(frontier.frontier == 1_000_000_000_002)
    }

    @Test("A position after the last record moves the frontier when nothing is pending")
    func position() {
        var frontier = OffsetFrontier(committed: 3)
        _ = frontier.begin(3)
        frontier.pass(to: 6)
        #expect(frontier.frontier == 3)
        frontier.finish(3)
        #expect(frontier.frontier == 6)
        expect(frontier.begin(each: [6]), .pending)
        #expect(frontier.frontier == 6)
        expect(frontier.finish(each: [6]), true)
        #expect(frontier.frontier == 7)
    }

    @Test("A record that was not taken cannot be finished, and no record is finished twice")
    func strangers() {
        var frontier = OffsetFrontier(committed: 10)
        _ = frontier.begin(10)
        _ = frontier.begin(20)
        expect(frontier.finish(each: [Int.min, -1, 9, 11, 19, 21, Int.max]), false)
        expect(frontier.finish(each: [20]), true)
        expect(frontier.finish(each: [20]), false)
        #expect(frontier.frontier == 10)
    }

    @Test("An offset that does not ascend is refused and changes nothing")
    func reused() {
        var frontier = OffsetFrontier(committed: 10)
        expect(frontier.begin(each: [9, -1, Int.max, Int.max - 1, Int.min]), .outOfOrder)
        _ = frontier.begin(12)
        expect(frontier.begin(each: [12]), .outOfOrder)
        expect(frontier.begin(each: [11]), .outOfOrder)
        #expect(frontier.frontier == 12)
        #expect(frontier.pending == 1)
    }

    @Test(
        "Offsets restored from the last commit are not handled again, and stay in the next commit until they are read"
    )
    func restored() {
        var frontier = OffsetFrontier(committed: 10, finished: [12..<14, 20..<30])
        #expect(frontier.frontier == 10)
        expect(frontier.begin(each: [10]), .pending)
        frontier.finish(10)
        #expect(frontier.frontier == 11)
        #expect(frontier.finishedRanges == [12..<14, 20..<30])
        expect(frontier.begin(each: [11]), .pending)
        expect(frontier.begin(each: [12]), .finishedBefore)
        expect(frontier.begin(each: [13]), .finishedBefore)
        expect(frontier.begin(each: [14]), .pending)
        frontier.finish(14)
        #expect(frontier.finishedRanges == [12..<15, 20..<30])
        frontier.finish(11)
        #expect(frontier.frontier == 15)
        #expect(frontier.finishedRanges == [20..<30])
    }

    @Test("Invalid restored ranges are ignored")
    func senseless() {
        let frontier = OffsetFrontier(
            committed: 10,
            finished: [2..<4, 9..<12, 20..<20, 15..<17, 16..<30, 40..<Int.max]
        )
        #expect(frontier.finishedRanges == [15..<17])
        #expect(frontier.frontier == 10)
    }

    @Test("The frontier agrees with a naive model on random schedules", arguments: 0..<64)
    func model(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<40 { check(&random) }
    }

    private func check(_ random: inout SplitMix) {
        let committed = Bool.random(using: &random) ? Int.random(in: 0..<100, using: &random) : nil
        var restored: [Range<Int>] = []
        var lowest = committed ?? 0
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
            let first = lowest + Int.random(in: 0..<20, using: &random)
            let range = first..<first + Int.random(in: 1..<20, using: &random)
            // Neighbouring ranges would be one range.
            if range.lowerBound > lowest || lowest == committed ?? 0 { restored.append(range) }
            lowest = range.upperBound + 1
        }
        var frontier = OffsetFrontier(committed: committed, finished: restored)
        var model = NaiveFrontier(committed: committed, restored: restored)
        let gapChance = [0, 5, 60].randomElement(using: &random) ?? 0
        let finishChance = Int.random(in: 20..<70, using: &random)
        for _ in 0..<Int.random(in: 1..<400, using: &random) {
            if Int.random(in: 0..<100, using: &random) < finishChance {
                let offset =
                    model.pending.sorted().randomElement(using: &random) ?? Int.random(in: 0..<200, using: &random)
                let (finished, expected) = (frontier.finish(offset), model.finish(offset))
                #expect(finished == expected)
            } else if Int.random(in: 0..<100, using: &random) < 3 {
                let position = (model.next ?? 0) + Int.random(in: -3..<5, using: &random)
                frontier.pass(to: position)
                if position > model.next ?? -1, position >= 0 { model.pass(to: position) }
            } else {
                let hasGap = Int.random(in: 0..<100, using: &random) < gapChance
                let offset = (model.next ?? 0) + (hasGap ? Int.random(in: 1..<9, using: &random) : 0)
                let expected: OffsetFrontier.Beginning = model.restored.contains(offset) ? .finishedBefore : .pending
                expect(frontier.begin(each: [offset]), expected)
                model.begin(offset)
            }
            #expect(frontier.frontier == model.frontier)
            let pending = model.pending
            #expect(frontier.pending == pending.count)
            let offset = Int.random(in: 0..<(model.next ?? 0) + 10, using: &random)
            let end = Int.random(in: offset..<(model.next ?? 0) + 20, using: &random)
            let range = offset..<(Bool.random(using: &random) ? end : .max)
            #expect(frontier.firstPending(in: range) == pending.filter { range.contains($0) }.min())
        }
        compareRanges(frontier, model)
        let count = Int.random(in: 1..<8, using: &random)
        let end = Int.random(in: 0..<(model.next ?? 0) + 20, using: &random)
        let ranges = frontier.finishedRanges
        // So many, and as far as this.
        let enough = ranges.indices.first { $0 + 1 >= count && ranges[$0].upperBound >= end } ?? ranges.endIndex - 1
        #expect(frontier.finishedRanges(atLeast: count, upTo: end) == Array(ranges[..<(enough + 1)]))
    }

    private func compareRanges(_ frontier: OffsetFrontier, _ model: NaiveFrontier) {
        let ranges = frontier.finishedRanges
        #expect(ranges.count <= frontier.finishedRangeCount)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
        #expect(model.finishedBeyond.isSubset(of: Set(ranges.joined())))
        // Gaps between finished records may be covered; a record that is not finished never is.
        let first = model.frontier ?? 0
        #expect(ranges.allSatisfy { $0.lowerBound >= first })
        #expect(model.pending.isDisjoint(with: Set(ranges.joined())))
        let unread = Set(ranges.joined()).filter { $0 >= model.next ?? 0 }
        #expect(unread.isSubset(of: model.restored))
    }

    @Test("A long distance after a slow record takes one bit for each record")
    func memory() {
        var bits = FinishedBits()
        for _ in 0..<1_000_000 { _ = bits.append() }
        for number in 1..<1_000_000 { _ = bits.finish(number) }
        #expect(bits.runs == 1)
        #expect(bits.capacity <= 1 << 20)
        let isFinished = bits.finish(0)
        #expect(isFinished)
        #expect(bits.start == 1_000_000)
    }
}

private func expect<Value: Equatable>(
    _ values: [Value],
    _ expected: Value,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(values.allSatisfy { $0 == expected }, "\(values)", sourceLocation: sourceLocation)
}

extension OffsetFrontier {
    fileprivate mutating func begin(each offsets: some Sequence<Int>) -> [Beginning] {
        offsets.map { begin($0) }
    }

    fileprivate mutating func finish(each offsets: some Sequence<Int>) -> [Bool] {
        offsets.map { finish($0) }
    }
}
