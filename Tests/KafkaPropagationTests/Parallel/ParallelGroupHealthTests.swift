import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// A real broker may rebalance a group more quickly than the watchdog looks, so these tests use the embedded one.
@Suite("The health of a parallel consumer in its group", .timeLimit(.minutes(10)))
struct ParallelGroupHealthTests {
    @Test("A group that rebalances, a member without a partition and a lost connection are three conditions")
    func conditions() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        let configuration = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
        let first = try ParallelConsumer(configuration, maxConcurrency: 1) { _ in }
        #expect(first.health.condition == .starting && first.health.isLive && !first.health.isReady)
        await until { first.health.condition == .working }
        // A thread of its own looks, because the tasks of a busy machine may miss the moment.
        let seen = Locked<ParallelConsumerHealth?>(nil)
        Thread.detachNewThread {
            while true {
                let health = first.health
                if health.condition == .rebalancing { return seen.change { $0 = health } }
                usleep(1000)
            }
        }
        let second = try ParallelConsumer(configuration, maxConcurrency: 1) { _ in }
        await until { seen.value != nil }
        let rebalancing = try #require(seen.value)
        #expect(rebalancing.isLive && !rebalancing.isReady && rebalancing.duration < .seconds(10))
        await until { Set([first, second].map(\.health.condition)) == [.working, .noAssignment] }
        // A rollout waits for a standby, too.
        #expect(first.health.isReady && second.health.isReady)
        #expect(first.readiness.isReady && second.readiness.isReady)
        try kafka.setBrokerDown(1)
        await until { [first, second].allSatisfy { $0.health.condition == .disconnected } }
        #expect(first.health.error != nil && first.health.isLive)
        try kafka.setBrokerUp(1)
        await until { [first, second].allSatisfy { $0.health.condition != .disconnected } }
        async let ended: Void = first.shutdown()
        await second.shutdown()
        await ended
    }
}
