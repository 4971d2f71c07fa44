import CMALoggerRDKafka
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// Members that join and leave while others work.
@Suite("Parallel consumers that join and leave", .timeLimit(.minutes(10)))
struct ParallelMembershipTests {
    enum Assignor: String, CaseIterable, CustomTestStringConvertible {
        case eager = "range,roundrobin"
        case cooperative = "cooperative-sticky"

        /// librdkafka 2.0.2 can abort the process when a member with `cooperative-sticky` is closed while it joins.
        static let usable = rd_kafka_version() > 0x0200_02FF ? allCases : [.eager]

        var testDescription: String { self == .eager ? "eager" : "cooperative" }
    }

    private static let partitions = 6

    private static func member(
        _ topic: String,
        _ assignor: Assignor,
        _ log: HandlingLog
    ) throws -> ParallelConsumer {
        var configuration = try ParallelScenarioTests.configuration(topic)
        configuration.properties["partition.assignment.strategy"] = assignor.rawValue
        var options = ParallelConsumer.Options()
        if !TestBroker.isReal {
            // A member that stalls on a busy machine must stay in the group: otherwise another one gets its keys while
            // its handlers run.
            configuration.sessionTimeout = .seconds(10)
            options.revokeTimeout = .seconds(10)
        }
        options.commitInterval = .milliseconds(500)
        return try ParallelConsumer(configuration, maxConcurrency: 16, options: options) { record in
            try await log.handle(record) { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    /// Sends records until it is cancelled. Returns how many it has sent.
    private static func produce(to topic: String) async throws -> Int {
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            var count = 0
            while !Task.isCancelled {
                for _ in 0..<50 {
                    // Five records of a key come together, so that a lost order shows. They are in one partition.
                    let key = count / 5 % 97
                    let partition = KafkaPartition(rawValue: key % partitions)
                    try producer.enqueue(
                        KafkaMessage(topic: topic, key: "\(key)", value: "\(count)", partition: partition)
                    )
                    count += 1
                }
                try? await Task.sleep(for: .milliseconds(100))
            }
            return count
        }
    }

    /// The sum of the group's offsets.
    private static func committed(_ topic: String) async throws -> Int {
        try await ParallelScenarioTests.committed(topic, partitions: partitions).reduce(0) { $0 + ($1 ?? 0) }
    }

    @Test(
        "A member that joins and leaves every two seconds loses no record, mixes no key and breaks no order",
        arguments: Assignor.usable
    )
    func flapping(_ assignor: Assignor) async throws {
        let topic = try await TestBroker.topic(partitions: Self.partitions)
        // On a busy machine, a handler may wait for its thread for longer than that.
        let log = HandlingLog(revokeTimeout: TestBroker.isReal ? nil : .seconds(10))
        let stable = try (0..<2).map { _ in try Self.member(topic, assignor, log) }
        // The embedded cluster needs some seconds for each rebalance.
        let rounds = TestBroker.isReal ? 15 : 2
        let producing = Task { try await Self.produce(to: topic) }
        var took = 0
        for _ in 0..<rounds {
            let before = log.count
            let member = try Self.member(topic, assignor, log)
            let joined = ContinuousClock.now
            if TestBroker.isReal {
                // The time itself is tested.
                try await Task.sleep(until: joined + .seconds(2), clock: .continuous)
            } else {
                await until { member.engine.state.withLock { $0.parallel.counts.taken } > 0 }
            }
            took += member.engine.state.withLock { $0.parallel.counts.taken }
            await member.shutdown()
            if TestBroker.isReal { try await Task.sleep(until: joined + .seconds(4), clock: .continuous) }
            await until { log.count > before }
        }
        producing.cancel()
        let sent = try await producing.value
        await until { log.has(0..<sent) }
        // The embedded cluster refuses every commit while the group rebalances, as it does when the first one leaves.
        while try await Self.committed(topic) != sent { try await Task.sleep(for: .milliseconds(20)) }
        for member in stable { await member.shutdown() }
        let faults = log.faults
        print("\(assignor.testDescription): \(sent) records, \(took) read by \(rounds) short lives, \(faults)")
        #expect(faults.overlaps == 0 && faults.outOfOrder == 0)
        #expect(took > 0)
        #expect(try await Self.committed(topic) == sent)
        if TestBroker.isReal { #expect(faults.repeats == 0) }
    }

    @Test(
        "Partitions that are granted during a drain start no handler, commit nothing, and lose no record",
        // The embedded cluster's group may give the partition away before the drain, if the machine is busy.
        .enabled(if: TestBroker.isReal, "KAFKA_BOOTSTRAP_SERVERS is not set"),
        arguments: Assignor.usable
    )
    func grantedWhileDraining(_ assignor: Assignor) async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        for partition in 0..<2 {
            try await ParallelScenarioTests.produce(
                (0..<5).map { "\(partition) \($0)" },
                to: topic,
                partition: KafkaPartition(rawValue: partition)
            )
        }
        var options = ParallelConsumer.Options()
        options.revokeTimeout = .milliseconds(100)
        options.commitInterval = .milliseconds(50)
        let (gate, otherGate) = (Gate(), Gate())
        let (handled, handledByOther) = (Locked<[[Int]]>([]), Locked<[[Int]]>([]))
        func member(_ gate: Gate, _ handled: Locked<[[Int]]>) throws -> ParallelConsumer {
            var configuration = try ParallelScenarioTests.configuration(topic)
            configuration.properties["partition.assignment.strategy"] = assignor.rawValue
            return try ParallelConsumer(
                configuration,
                ordering: .partition,
                maxConcurrency: 8,
                options: options
            ) { record in
                await gate.pass()
                handled.append([record.partition.rawValue, record.offset.rawValue])
            }
        }
        let draining = try member(gate, handled)
        await gate.arrivals(2)
        let other = try member(otherGate, handledByOther)
        await otherGate.arrivals(1)
        await until { draining.assignment.count == 1 && draining.statistics.partitions.first?.records ?? 0 > 0 }
        let kept = try #require(draining.assignment.first).partition.rawValue
        async let end: Void = draining.shutdown()
        await until { draining.engine.state.withLock { $0.parallel.isStopping } }
        let taken = draining.engine.state.withLock { $0.parallel.counts.taken }
        otherGate.open()
        await until { handledByOther.value.count == 5 }
        // The embedded cluster refuses every commit while the group rebalances, as it does when a member leaves.
        while try await ParallelScenarioTests.committed(topic, partitions: 2)[1 - kept] != 5 {
            try await Task.sleep(for: .milliseconds(20))
        }
        await other.shutdown()
        if assignor == .cooperative {
            // The handler of the partition that stays runs, so the member drains, and gets the other partition as well.
            await until { draining.assignment.count == 2 }
            // The handler of the partition that stayed, and the late one of the partition that went and comes back.
            #expect(draining.statistics.running == 2)
        }
        // An eager rebalance takes all partitions. The late handlers do not count, but the shutdown waits for them.
        gate.open()
        await end
        #expect(draining.engine.state.withLock { $0.parallel.counts.taken } == taken)
        let offsets = try await ParallelScenarioTests.committed(topic, partitions: 2)
        #expect(offsets[1 - kept] == 5 && offsets[kept] ?? 0 <= 1, "\(offsets)")
        let last = try member(gate, handled)
        await until { Set(handled.value.filter { $0[0] == kept }).count == 5 }
        await last.shutdown()
        #expect(try await ParallelScenarioTests.committed(topic, partitions: 2) == [5, 5])
        let expected = (0..<5).map { [1 - kept, $0] }
        #expect(TestBroker.isReal ? handledByOther.value == expected : Set(handledByOther.value) == Set(expected))
    }
}
