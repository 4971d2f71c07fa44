import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("When a parallel consumer commits", .timeLimit(.minutes(10)))
struct CommitPacingTests {
    private static let millisecond: UInt64 = 1_000_000

    /// A reader, handlers and a broker in simulated time. The reader sleeps as long as the value says, or until it is
    /// woken.
    private struct Model {
        var pacing: CommitPacing
        var now: UInt64 = 1_000_000_000
        var finished = 0
        /// The commit on its way: the number of finished records that it covers, and the time of its answer.
        var sent: (covers: Int, answer: UInt64)?
        /// How many finished records an answered commit covers: a crash repeats the others.
        var committed = 0
        var wakes: UInt64
        var commits: [(at: UInt64, finished: Int)] = []
        var most = 0

        init(count: Int, interval: UInt64) {
            pacing = CommitPacing(count: count, interval: interval, now: now)
            wakes = now
        }

        /// Runs for some time with so many records a second, and with broker answers after `answerTime`.
        mutating func run(
            for time: UInt64,
            rate: Double,
            answerTime: UInt64,
            fails: (Int) -> Bool = { _ in false }
        ) {
            let (start, before) = (now, finished)
            let step: UInt64 = 50_000
            while now < start + time {
                now += step
                finished = before + Int(rate * Double(now - start) / 1e9)
                if pacing.wakes(finished: finished) { wakes = now }
                if let sent, sent.answer <= now {
                    let isCommitted = !fails(commits.count)
                    if isCommitted { committed = sent.covers }
                    self.sent = nil
                    if pacing.answered(isCommitted: isCommitted, finished: finished) { wakes = now }
                }
                if wakes <= now {
                    if pacing.takes(finished: finished, isWanted: false, now: now) {
                        commits.append((now, finished))
                        sent = (finished, now + answerTime)
                    }
                    wakes = now + max(500_000, pacing.wait(finished: finished, now: now))
                }
                most = max(most, finished - committed)
            }
        }
    }

    @Test("A crash repeats few records, whatever the rate and the time of the broker's answer")
    func repeats() {
        var random = SplitMix(state: 7)
        for _ in 0..<200 {
            let rate = Double.random(in: 100...300_000, using: &random)
            let answerTime = UInt64.random(in: 100_000...20_000_000, using: &random)
            let count = Int.random(in: 1...300, using: &random)
            var model = Model(count: count, interval: 3_600_000 * Self.millisecond)
            model.run(for: 2000 * Self.millisecond, rate: rate, answerTime: answerTime)
            // A commit covers what is finished when it is sent: two answers, a gap and a millisecond of the reader.
            let gap = Double(max(min(UInt64(rate * 50), CommitPacing.longestGap), CommitPacing.shortestGap))
            let time = 2 * Double(answerTime) + gap + 1e6
            #expect(Double(model.most) <= Double(count) + rate * time / 1e9 * 1.2 + 2)
        }
    }

    @Test("At 45,000 records a second and an answer after a millisecond, a crash repeats less than 250 records")
    func typical() {
        var model = Model(count: 100, interval: 5000 * Self.millisecond)
        model.run(for: 1000 * Self.millisecond, rate: 45_000, answerTime: Self.millisecond)
        #expect(model.most < 250)
    }

    @Test("Commits are a small part of the work: one for so many records, none within the gap, one on its way")
    func share() {
        var random = SplitMix(state: 8)
        for _ in 0..<200 {
            let count = Int.random(in: 1...300, using: &random)
            let answerTime = UInt64.random(in: 100_000...20_000_000, using: &random)
            var model = Model(count: count, interval: 3_600_000 * Self.millisecond)
            for _ in 0..<5 {
                let rate = pow10(Double.random(in: 1...6, using: &random))
                model.run(for: 200 * Self.millisecond, rate: rate, answerTime: answerTime)
            }
            for (earlier, later) in zip(model.commits, model.commits.dropFirst()) {
                #expect(later.finished - earlier.finished >= count)
                #expect(later.at - earlier.at >= max(CommitPacing.shortestGap, answerTime))
            }
        }
        var quick = Model(count: 100, interval: 5000 * Self.millisecond)
        quick.run(for: 1000 * Self.millisecond, rate: 1_000_000, answerTime: Self.millisecond)
        #expect(quick.commits.count <= 42)
    }

    private func pow10(_ exponent: Double) -> Double {
        var (result, left) = (1.0, exponent)
        while left >= 1 { (result, left) = (result * 10, left - 1) }
        return result * (1 + 9 * left)
    }

    @Test("A commit comes after each interval, however few records are finished")
    func interval() {
        var model = Model(count: .max, interval: 100 * Self.millisecond)
        model.run(for: 1050 * Self.millisecond, rate: 10, answerTime: Self.millisecond)
        #expect(model.commits.count == 10)
    }

    @Test("A broker that refuses commits is asked less and less often, and as before when it accepts one")
    func failures() {
        var model = Model(count: 1, interval: 3_600_000 * Self.millisecond)
        model.run(for: 10_000 * Self.millisecond, rate: 1000, answerTime: Self.millisecond) { _ in true }
        #expect(model.commits.count < 10 && model.committed == 0)
        let before = model.commits.count
        model.run(for: 10_000 * Self.millisecond, rate: 1000, answerTime: Self.millisecond)
        #expect(model.commits.count > before + 1000)
        #expect(model.finished - model.committed < 10)
    }

    @Test("A commit that cannot wait is sent at once, and its answer is not the answer to another one")
    func wanted() {
        var pacing = CommitPacing(count: 10, interval: 5000 * Self.millisecond, now: 0)
        let wakes = [pacing.wakes(finished: 9), pacing.wakes(finished: 10), pacing.wakes(finished: 11)]
        #expect(wakes == [false, true, false])
        let isEarly = pacing.takes(finished: 10, isWanted: false, now: 1)
        #expect(!isEarly && pacing.wait(finished: 10, now: 1) == CommitPacing.shortestGap - 1)
        let isTaken = [
            pacing.takes(finished: 10, isWanted: true, now: 1),
            pacing.takes(finished: 12, isWanted: true, now: 2),
        ]
        #expect(isTaken == [true, true])
        let wakesFirst = pacing.answered(isCommitted: true, finished: 40)
        let isTakenFirst = pacing.takes(finished: 40, isWanted: false, now: 4_000_000_000)
        #expect(!wakesFirst && !isTakenFirst)
        let wakesSecond = pacing.answered(isCommitted: true, finished: 40)
        let isTakenSecond = pacing.takes(finished: 40, isWanted: false, now: 4_000_000_000)
        #expect(wakesSecond && isTakenSecond)
    }
}
