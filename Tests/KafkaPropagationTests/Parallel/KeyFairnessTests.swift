import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Fairness of the key scheduler", .timeLimit(.minutes(10)))
struct KeyFairnessTests {
    private typealias Scheduler = KeyScheduler<NumberedRecord>

    private static func add(_ keys: String, to scheduler: inout Scheduler, partition: Int = 0) {
        for (offset, key) in keys.enumerated() {
            let record = NumberedRecord(key: String(key), number: offset)
            scheduler.add(record, partition: partition, offset: offset, lane: .key(hash: record.key.hashValue))
        }
    }

    @Test("Records begin in the order of their offsets, also those that waited for an earlier one of their key")
    func oldestFirst() {
        var scheduler = Scheduler(maxConcurrency: 2)
        Self.add("aabacbdabe", to: &scheduler)
        var running: [ScheduledJobID] = []
        var order: [Int] = []
        while true {
            while let job = scheduler.begin(now: 0) {
                running.append(job)
                order.append(scheduler.view(job)?.record.number ?? -1)
            }
            if running.isEmpty { break }
            scheduler.finish(running.removeFirst())
            scheduler.endHandler()
        }
        // Key a holds one of the two handlers as long as one of its records is next.
        #expect(order == [0, 2, 1, 4, 3, 5, 6, 7, 8, 9])
    }

    @Test("A record that fails at once, again and again, lets each other key have its turn")
    func failingKey() {
        var scheduler = Scheduler(maxConcurrency: 1)
        Self.add("abcbcbc", to: &scheduler)
        Self.add("ddd", to: &scheduler, partition: 1)
        var order = ""
        for _ in 0..<20 {
            guard let job = scheduler.begin(now: 0) else { break }
            let key = scheduler.view(job)?.record.key ?? "?"
            order += key
            scheduler.endHandler()
            if key == "a" {
                scheduler.delay(job)
                scheduler.resume(job)
            } else {
                scheduler.finish(job)
            }
        }
        // Nine other records: the failing one takes no more than every second turn.
        #expect(order.prefix(18).count { $0 != "a" } == 9)
        #expect(order.hasPrefix("adbdcd"))
    }

    @Test(
        "A batch whose records are settled in any order keeps the order of its key",
        arguments: 0..<20 as Range<UInt64>
    )
    func batchInAnyOrder(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        var scheduler = Scheduler(maxConcurrency: 1)
        Self.add(String(repeating: "a", count: 200), to: &scheduler)
        var done: [Int] = []
        var batch: [ScheduledJobID] = []
        while scheduler.begin(upTo: 7, now: 0, into: &batch) {
            let numbers = batch.compactMap { scheduler.view($0)?.record.number }
            #expect(numbers == numbers.sorted() && numbers.allSatisfy { !done.contains($0) })
            // No record of the key is left out before the batch's last one, except those that are done.
            #expect((0..<(numbers.last ?? 0)).allSatisfy { done.contains($0) || numbers.contains($0) })
            scheduler.endHandler()
            var waiting: [ScheduledJobID] = []
            for job in batch.shuffled(using: &random) {
                if Int.random(in: 0..<4, using: &random) == 0 {
                    scheduler.delay(job)
                    waiting.append(job)
                } else {
                    done.append(scheduler.view(job)?.record.number ?? -1)
                    scheduler.finish(job)
                }
            }
            for job in waiting.shuffled(using: &random) { scheduler.resume(job) }
            batch = []
        }
        #expect(done.sorted() == Array(0..<200))
        #expect(scheduler.count == 0 && scheduler.laneCount == 0)
    }
}
