import KafkaPropagation
import Testing

@testable import parallel_worker

@Suite("The idleness of parallel-worker", .timeLimit(.minutes(10)))
struct IdleWatchTests {
    private let start = ContinuousClock.now
    private let partition = KafkaTopicPartition(topic: "frames", partition: 0)

    /// Returns the first second in which the consumer has been idle for long enough, if `sight` shows it each second.
    private func end(
        patience: Int = 3,
        allowance: Int = 10,
        _ sight: (_ second: Int) -> IdleWatch.Sight
    ) -> Int? {
        var watch = IdleWatch(patience: .seconds(patience), joinAllowance: .seconds(allowance))
        return (0..<100).first { watch.isOver(sight($0), at: start + .seconds($0)) }
    }

    @Test("The time counts from the assignment")
    func assignment() {
        #expect(end { IdleWatch.Sight(partitions: $0 < 7 ? [] : [partition]) } == 10)
    }

    @Test("An attempt that ended between two looks begins the time anew, and no time passes while a record is in work")
    func work() {
        #expect(end { IdleWatch.Sight(attempts: min($0, 20), partitions: [partition]) } == 23)
        #expect(end { IdleWatch.Sight(isBusy: $0 < 50, partitions: [partition]) } == 53)
        #expect(end { _ in IdleWatch.Sight(isBusy: true, partitions: [partition]) } == nil)
    }

    @Test("Without a partition it waits for as long as a join may take in addition, also after a revoke")
    func noPartition() {
        #expect(end { _ in IdleWatch.Sight() } == 13)
        #expect(end { IdleWatch.Sight(partitions: $0 < 2 ? [partition] : []) } == 15)
        // A standby that gets a partition within that time stays, and handles its records.
        let end = end { second in
            IdleWatch.Sight(attempts: max(0, min(second - 12, 8)), partitions: second < 12 ? [] : [partition])
        }
        #expect(end == 23)
    }

    @Test("A change of the partitions begins the time anew")
    func rebalance() {
        let other = KafkaTopicPartition(topic: "frames", partition: 1)
        #expect(end { IdleWatch.Sight(partitions: $0 < 2 ? [partition] : [partition, other]) } == 5)
    }

    @Test("A restart begins the time anew")
    func restart() {
        var watch = IdleWatch(patience: .seconds(3), joinAllowance: .zero)
        let sight = IdleWatch.Sight(partitions: [partition])
        #expect(!watch.isOver(sight, at: start) && watch.isOver(sight, at: start + .seconds(3)))
        watch.restart(at: start + .seconds(3))
        #expect(!watch.isOver(sight, at: start + .seconds(5)) && watch.isOver(sight, at: start + .seconds(6)))
    }

    @Test("A join may take the session timeout, and at least 10 seconds; 0 never leaves")
    func settings() {
        var settings = WorkerSettings()
        #expect(settings.idleWatch == nil)
        settings.idleExit = 2
        #expect(settings.idleWatch?.patience == .seconds(2) && settings.idleWatch?.joinAllowance == .seconds(45))
        settings.sessionTimeoutMilliseconds = 6000
        #expect(settings.idleWatch?.joinAllowance == .seconds(10))
    }
}
