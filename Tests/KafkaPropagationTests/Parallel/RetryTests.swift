import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Retries", .timeLimit(.minutes(10)))
struct RetryTests {
    @Test(
        "Entries come when they are due, the earliest first, and a partition's can be removed",
        arguments: 0..<8
    )
    func order(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        var queue = RetryQueue()
        var model: [(due: UInt64, partition: Int)] = []
        for index in 0..<500 {
            let due = UInt64.random(in: 0..<100, using: &random)
            let partition = index % 3
            let job = ScheduledJobID(index: index, life: 1)
            queue.add(RetryQueue.Entry(due: due, job: job, partition: partition, purpose: .handle))
            model.append((due, partition))
            #expect(queue.nextDue == model.map(\.due).min())
        }
        queue.remove(partition: 1)
        model.removeAll { $0.partition == 1 }
        var taken: [UInt64] = []
        while let entry = queue.popDue(now: 60) { taken.append(entry.due) }
        #expect(taken == model.map(\.due).filter { $0 <= 60 }.sorted())
        #expect(queue.nextDue == model.map(\.due).filter { $0 > 60 }.min())
    }

    @Test("The wait doubles up to its maximum, and only a part of it is left to chance")
    func backoff() {
        var random = SplitMix(state: 1)
        let exact = RetryBackoff(initial: .milliseconds(100), maximum: .seconds(1), jitter: 0)
        let waits = (1...6).map { exact.delay(afterAttempt: $0, using: &random) }
        #expect(
            waits == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
                .seconds(1),
            ]
        )
        let half = RetryBackoff(initial: .milliseconds(100), maximum: .seconds(1), jitter: 0.5)
        let random100 = (0..<100).map { _ in half.delay(afterAttempt: 1, using: &random) }
        #expect(random100.allSatisfy { $0 > .milliseconds(50) && $0 <= .milliseconds(100) })
        #expect(Set(random100).count > 50)
    }

    @Test("Senseless numbers give a wait without a trap")
    func senseless() {
        var random = SplitMix(state: 1)
        let huge = RetryBackoff(
            initial: .seconds(Int64.max),
            maximum: .seconds(Int64.max),
            jitter: .nan
        )
        #expect(huge.delay(afterAttempt: .max, using: &random) == .seconds(31_536_000))
        let negative = RetryBackoff(initial: .seconds(-5), maximum: .seconds(-1), jitter: -.infinity)
        #expect(negative.delay(afterAttempt: .min, using: &random) == .zero)
    }
}
