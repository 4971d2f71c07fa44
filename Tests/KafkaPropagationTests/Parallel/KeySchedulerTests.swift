import Testing

@testable import KafkaPropagation

@Suite("Key scheduler", .timeLimit(.minutes(10)))
struct KeySchedulerTests {
    private typealias Scheduler = KeyScheduler<NumberedRecord>

    private static func scheduler(_ concurrency: Int, _ keys: String, partition: Int = 0) -> Scheduler {
        var scheduler = Scheduler(maxConcurrency: concurrency)
        add(keys, to: &scheduler, partition: partition)
        return scheduler
    }

    /// Adds a record for each letter. All keys have the same hash.
    private static func add(_ keys: String, to scheduler: inout Scheduler, partition: Int) {
        for (offset, key) in keys.enumerated() {
            let record = NumberedRecord(key: String(key), number: offset)
            scheduler.add(
                record,
                partition: partition,
                offset: offset,
                lane: key == "-" ? .none : .key(hash: 7)
            )
        }
    }

    private static func number(_ job: ScheduledJobID?, _ scheduler: Scheduler) -> Int? {
        job.flatMap { scheduler.view($0)?.record.number }
    }

    @Test("Records of one key run one after another, and other keys pass them")
    func keys() {
        var scheduler = Self.scheduler(10, "aabac")
        let jobs = (0..<4).map { _ in scheduler.begin(now: 0) }
        #expect(jobs.map { Self.number($0, scheduler) } == [0, 2, 4, nil])
        if let first = jobs[0] { scheduler.finish(first) }
        scheduler.endHandler()
        let second = scheduler.begin(now: 0)
        #expect(Self.number(second, scheduler) == 1)
        let none = scheduler.begin(now: 0)
        #expect(none == nil)
    }

    @Test("No more handlers begin than may run")
    func bound() {
        var scheduler = Self.scheduler(2, "abcd")
        let jobs = (0..<3).map { _ in scheduler.begin(now: 0) }
        #expect(jobs.map { $0 != nil } == [true, true, false])
        scheduler.endHandler()
        let next = scheduler.begin(now: 0)
        #expect(next != nil)
    }

    @Test("Partitions take turns, however many records one of them has")
    func fairness() {
        var scheduler = Self.scheduler(100, "----------", partition: 0)
        Self.add("--", to: &scheduler, partition: 1)
        var partitions: [Int] = []
        while let job = scheduler.begin(now: 0) {
            partitions.append(scheduler.view(job)?.partition ?? -1)
        }
        #expect(partitions.count == 12)
        #expect(partitions.prefix(4) == [0, 1, 0, 1])
    }

    @Test("A record that waits holds back its key only")
    func waiting() {
        var scheduler = Self.scheduler(10, "aab")
        let first = scheduler.begin(now: 5)
        if let first { scheduler.delay(first) }
        scheduler.endHandler()
        let other = scheduler.begin(now: 6)
        let none = scheduler.begin(now: 6)
        #expect(Self.number(other, scheduler) == 2 && none == nil)
        if let first { scheduler.resume(first) }
        let again = scheduler.begin(now: 9)
        #expect(again == first)
        #expect(again.flatMap { scheduler.view($0)?.attempts } == 2)
        #expect(again.flatMap { scheduler.view($0)?.since } == 9)
    }

    @Test("A batch has the records of a key in order, and whole keys stay in it")
    func batches() {
        var scheduler = Self.scheduler(2, "abaab")
        var first: [ScheduledJobID] = []
        var second: [ScheduledJobID] = []
        let began = [
            scheduler.begin(upTo: 4, now: 0, into: &first),
            scheduler.begin(upTo: 4, now: 0, into: &second),
        ]
        #expect(began == [true, false])
        #expect(first.map { Self.number($0, scheduler) } == [0, 2, 3, 1])
        // The later record of a key leaves before the earlier one.
        scheduler.finish(first[2])
        scheduler.delay(first[0])
        scheduler.finish(first[1])
        scheduler.finish(first[3])
        scheduler.endHandler()
        let next = scheduler.begin(now: 0)
        #expect(Self.number(next, scheduler) == 4)
        scheduler.resume(first[0])
        let again = scheduler.begin(now: 0)
        #expect(again == first[0])
    }

    @Test("A record of a batch that is due again waits until the batch has ended with its key")
    func dueDuringBatch() {
        var scheduler = Self.scheduler(10, "aab")
        var batch: [ScheduledJobID] = []
        #expect(scheduler.begin(upTo: 2, now: 0, into: &batch) && batch.count == 2)
        scheduler.delay(batch[0])
        scheduler.resume(batch[0])
        // The second record of the key is still running.
        #expect(Self.number(scheduler.begin(now: 0), scheduler) == 2)
        #expect(scheduler.begin(now: 0) == nil)
        scheduler.finish(batch[1])
        #expect(scheduler.begin(now: 0) == batch[0])
    }

    @Test(
        "A handler of a lost assignment blocks its key until it ends, and its number never means another record"
    )
    func fence() {
        var scheduler = Self.scheduler(10, "ab-")
        let jobs = (0..<3).compactMap { _ in scheduler.begin(now: 0) }
        scheduler.fence(partition: 0)
        #expect(scheduler.count == 3)
        Self.add("ac-", to: &scheduler, partition: 0)
        let free = (0..<3).map { _ in scheduler.begin(now: 0) }
        // The records at offsets 0 (key a) and 2 (no key, the same record) wait.
        #expect(free.map { Self.number($0, scheduler) } == [1, nil, nil])
        for job in jobs { scheduler.finish(job) }
        let freed = (0..<2).map { _ in Self.number(scheduler.begin(now: 0), scheduler) }
        #expect(Set(freed) == [0, 2])
        for job in jobs { #expect(scheduler.view(job) == nil) }
    }

    @Test("Dropped records leave nothing behind")
    func drop() {
        var scheduler = Self.scheduler(10, "aaab--")
        Self.add("a", to: &scheduler, partition: 1)
        let dropped = scheduler.drop(partition: 0)
        #expect(dropped.records == 6)
        #expect(scheduler.count == 1 && scheduler.ready == 1 && scheduler.laneCount == 1)
        let job = scheduler.begin(now: 0)
        #expect(job.flatMap { scheduler.view($0)?.partition } == 1)
        if let job { scheduler.finish(job) }
        #expect(scheduler.count == 0 && scheduler.laneCount == 0)
    }

    @Test("Ten thousand keys are found again, and their memory is used again")
    func manyKeys() {
        var scheduler = Scheduler(maxConcurrency: 20_000)
        for round in 0..<3 {
            for number in 0..<10_000 {
                let record = NumberedRecord(key: "key \(number)", number: number)
                scheduler.add(record, partition: 0, offset: round, lane: .key(hash: number &* 31))
                scheduler.add(record, partition: 0, offset: round, lane: .key(hash: number &* 31))
            }
            #expect(scheduler.laneCount == 10_000 && scheduler.ready == 10_000)
            while let job = scheduler.begin(now: 0) {
                scheduler.finish(job)
                scheduler.endHandler()
            }
            #expect(scheduler.laneCount == 0 && scheduler.count == 0)
        }
        #expect(scheduler.jobs.count == 20_000)
    }
}
