import CMALoggerRDKafka
import Testing

@testable import KafkaPropagation

/// The pure values behind the poll loop.
@Suite("Poll loop", .timeLimit(.minutes(10)))
struct PollStateTests {
    private let start = ContinuousClock.now

    @Test("The loop does not poll for an application that takes no record for the poll interval, until it takes one")
    func pollInterval() {
        var pacing = PollPacing(maximumPollInterval: .seconds(10), now: start)
        var progress = SinkProgress(taken: 1, isIdle: false)
        #expect(pacing.polls(progress, now: start) == true)
        #expect(pacing.polls(progress, now: start + .seconds(10)) == true)
        #expect(pacing.polls(progress, now: start + .seconds(11)) == false)
        progress.taken = 2
        #expect(pacing.polls(progress, now: start + .seconds(12)) == true)
        #expect(pacing.polls(progress, now: start + .seconds(23)) == false)
        progress.isIdle = true
        #expect(pacing.polls(progress, now: start + .seconds(24)) == true)
        #expect(pacing.polls(progress, now: start + .seconds(60)) == true)
    }

    private let places = (0..<2).map { KafkaTopicPartition(topic: "frames", partition: .init(rawValue: $0)) }

    @Test("A partition failed to start if the coordinator was away, or if librdkafka says that it could not ask it")
    func failedStarts() throws {
        let moment = try #require(FailedStart(RD_KAFKA_RESP_ERR_NOT_COORDINATOR, nil, of: nil))
        #expect(moment.partitions == .all)
        let forbidden = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
        let one = "Failed to fetch committed offset for group \"g\" topic frames [1]: no"
        let named = try #require(FailedStart(forbidden, one, of: places[1]))
        #expect(named.partitions == .some([places[1]]))
        #expect(named.delay > moment.delay)
        let all = "Failed to fetch committed offsets for 2 partition(s) in group \"g\": no"
        #expect(FailedStart(forbidden, all, of: nil)?.partitions == .all)
        #expect(FailedStart(forbidden, "Fetch from broker 1 failed: no", of: places[1]) == nil)
        #expect(FailedStart(forbidden, nil, of: nil) == nil)
    }

    @Test("A restart is due once, a moment after it was requested")
    func restart() throws {
        var pacing = PollPacing(maximumPollInterval: .seconds(10), now: start)
        #expect(pacing.takesRestart(now: start) == nil)
        pacing.orderRestart(try #require(FailedStart(RD_KAFKA_RESP_ERR_NOT_COORDINATOR, nil, of: nil)), now: start)
        #expect(pacing.takesRestart(now: start) == nil)
        #expect(pacing.takesRestart(now: start + .seconds(1)) == .all)
        #expect(pacing.takesRestart(now: start + .seconds(20)) == nil)
    }

    @Test("Restarts that were requested together become one at the earliest time, of the partitions of all of them")
    func restartsTogether() throws {
        var pacing = PollPacing(maximumPollInterval: .seconds(10), now: start)
        let errors = try places.map {
            try #require(FailedStart(RD_KAFKA_RESP_ERR_UNKNOWN, "Failed to fetch committed offset for \($0)", of: $0))
        }
        pacing.orderRestart(errors[0], now: start)
        pacing.orderRestart(errors[1], now: start + .seconds(5))
        #expect(pacing.takesRestart(now: start + .seconds(9)) == nil)
        #expect(pacing.takesRestart(now: start + .seconds(10)) == .some(Set(places)))

        pacing.orderRestart(errors[0], now: start)
        pacing.orderRestart(try #require(FailedStart(RD_KAFKA_RESP_ERR_NOT_COORDINATOR, nil, of: nil)), now: start)
        #expect(pacing.takesRestart(now: start + .seconds(1)) == .all)
        #expect(pacing.takesRestart(now: start + .seconds(20)) == nil)
    }

    @Test("A property by name overrides the typed poll interval")
    func overriddenInterval() throws {
        var configuration = KafkaConsumerConfiguration(
            KafkaConfiguration(bootstrapServers: ["localhost:1"]),
            .group(id: "g", topics: ["t"])
        )
        func interval() throws -> Duration {
            let native = try NativeConfiguration(try configuration.checkedProperties)
            return KafkaConsumerConfiguration.maximumPollInterval(of: native)
        }
        configuration.maximumPollInterval = .seconds(20)
        #expect(try interval() == .seconds(20))
        configuration.connection.properties["max.poll.interval.ms"] = "15000"
        #expect(try interval() == .seconds(15))
        configuration.properties["max.poll.interval.ms"] = "7000"
        #expect(try interval() == .seconds(7))
        // librdkafka also takes blanks and other bases.
        configuration.properties["max.poll.interval.ms"] = " 0x1770"
        #expect(try interval() == .seconds(6))
    }

    @Test("A shutdown waits for records that are being handled, logs it after a second, and leaves within its timeout")
    func shutdownWait() {
        let held = PendingRecords(
            held: [.init(place: .init(topic: "frames", partition: 0, offset: 5), since: start)],
            isFinishing: false
        )
        var wait = ShutdownWait(timeout: .seconds(30), now: start)
        #expect(wait.step(held, now: start + .milliseconds(900)) == .wait)
        #expect(wait.step(held, now: start + .milliseconds(1100)) == .report)
        #expect(wait.step(held, now: start + .milliseconds(1200)) == .wait)
        #expect(wait.step(PendingRecords(isFinishing: true), now: start + .seconds(2)) == .wait)
        #expect(wait.step(PendingRecords(), now: start + .seconds(2)) == .leave)
        #expect(wait.step(held, now: start + .seconds(30)) == .leave)
    }

    @Test("A partition gets a new generation with each assignment and each seek, and keeps its index")
    func partitionTable() {
        var table = PartitionTable()
        let partitions = (0..<3).map { KafkaTopicPartition(topic: "frames", partition: .init(rawValue: $0)) }
        let first = table.assign(partitions)
        #expect(first.map(\.index) == [0, 1, 2])
        #expect(Set(first.map(\.generation)).count == 3)
        table.noteRecord(of: first[0])
        #expect(table.withoutRecords == Array(partitions[1...]))
        #expect(table.revoke([partitions[0]]) == [first[0]])
        #expect(table.revoke([partitions[0]]).isEmpty && table[partitions[0]] == nil)
        #expect(table.assigned == Array(first[1...]))
        let again = table.assign([partitions[0]])
        #expect(again[0].index == 0 && again[0].generation > first[2].generation)
        let restarted = table.restart([partitions[1], KafkaTopicPartition(topic: "other", partition: 0)])
        #expect(restarted.map(\.topicPartition) == [partitions[1]])
        #expect(restarted[0].generation > again[0].generation)
        #expect(table[partitions[1]] == restarted[0])
    }

    @Test("A task that is woken for a record and then cancelled leaves the record to another task")
    func cancelledWaiter() throws {
        var feed = RecordFeedState<RecordBatchStandIn, Int>(recordLimit: 10, byteLimit: 10)
        for task in 1...3 {
            guard case (.wait, _) = feed.take(limit: 1) else { throw KafkaError(.client, "there are no records") }
            feed.wait(task)
        }
        let batch = RecordBatchStandIn()
        let wakes = feed.append([Segment(storage: batch, partition: 0, range: 0..<1)])
        #expect(wakes.tasks == [1])
        #expect(feed.leave { $0 == 1 }.tasks == [2])
        #expect(feed.finish(nil, discarding: true).tasks == [3])
        guard case (.end, _) = feed.take(limit: 1) else { throw KafkaError(.client, "it has not ended") }
    }
}

private final class RecordBatchStandIn: RecordStorage {
    func byteCount(at index: Int) -> Int { 1 }
}
