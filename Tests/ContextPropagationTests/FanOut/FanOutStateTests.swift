import TestSupport
import Testing

@testable import ContextPropagation

@Suite("fanOut: the state of the exchange", .timeLimit(.minutes(10)))
struct FanOutStateTests {
    @Test("Under any schedule each report is taken once and in order, and no reader misses a report", arguments: 0..<50)
    func anySchedule(seed: UInt64) {
        var random = SplitMix(state: seed)
        var state = FanOutState<Int, Int, Int>()
        var added = 0
        var taken: [Int] = []
        var readers = 0
        var waiting: Int?
        for _ in 0..<1_000 {
            if Bool.random(using: &random) {
                #expect(state.add(added) == waiting, "seed \(seed): the reader that waits is resumed")
                waiting = nil
                added += 1
            } else if waiting == nil {
                readers += 1
                if state.wait(readers) {
                    #expect(taken.count == added, "seed \(seed): a reader waits although there is a report")
                    waiting = readers
                } else {
                    var reports: [Int] = []
                    state.take(&reports)
                    taken += reports
                    #expect(!state.hasReports)
                }
            }
        }
        var rest: [Int] = []
        state.take(&rest)
        #expect(taken + rest == Array(0..<added))
        #expect(taken.count > 100)
    }
}
