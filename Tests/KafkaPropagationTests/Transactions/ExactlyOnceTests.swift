import TestSupport
import Testing

@testable import KafkaPropagation

/// A loop that reads topic A and writes topic B, ended in the middle again and again.
@Suite(
    "Exactly once",
    .timeLimit(.minutes(10)),
    .enabled(if: TestBroker.isReal, "KAFKA_BOOTSTRAP_SERVERS is not set; the embedded cluster's transactions are fake")
)
struct ExactlyOnceTests {
    private let partitions = 3

    /// One process: a producer, a consumer, and the loop.
    private struct Transform {
        let from: String
        let to: String
        let id: String
        let seen: Locked<Set<String>>
        /// How long a transaction is open at least, so that rebalances hit some.
        var pause = Duration.zero
        let aborted = Count()

        func producer() throws -> KafkaProducerConfiguration {
            var configuration = try TestBroker.producer()
            configuration.transactionalID = id
            configuration.shutdownTimeout = .milliseconds(200)
            return configuration
        }

        func consumer() throws -> KafkaConsumerConfiguration {
            var configuration = try TestBroker.consumer(.group(id: "group-\(from)", topics: [from]))
            configuration.commitPolicy = .manual
            configuration.maximumBufferedRecords = 40
            configuration.shutdownTimeout = .milliseconds(200)
            return configuration
        }

        /// Handles records until so many transactions are committed, and then leaves one in the middle.
        ///
        /// - Parameter ending: Called in the last transaction, before its end.
        func run(transactions: Int, _ ending: (KafkaConsumer) async throws -> Void) async throws {
            let producer = try KafkaProducer(producer())
            try await producer.prepareTransactions()
            let consumer = try KafkaConsumer(consumer())
            var count = 0
            do {
                for try await batch in consumer.batches {
                    do {
                        try await producer.withTransaction(consuming: batch, from: consumer) { transaction in
                            for record in batch {
                                try transaction.enqueue(
                                    KafkaMessage(topic: to, value: record.text ?? "", partition: record.partition)
                                )
                            }
                            if pause > .zero { try await Task.sleep(for: pause) }
                            if count == transactions { try await ending(consumer) }
                        }
                        count += 1
                        seen.change { $0.formUnion(batch.compactMap(\.text)) }
                    } catch let error as KafkaError where error.transactionOutcome == .aborted && !error.isFatal {
                        // The records come again, here or at another member.
                        aborted.add()
                    }
                }
            } catch {
                await consumer.shutdown()
                try? await producer.shutdown()
                throw error
            }
            await consumer.shutdown()
            try await producer.shutdown()
        }
    }

    private struct Killed: Error {}

    private func fill(_ topic: String, count: Int) async throws {
        for partition in 0..<partitions {
            try await send(
                (0..<count).map { "\(partition)-\($0)" },
                to: topic,
                partition: KafkaPartition(rawValue: partition)
            )
        }
    }

    /// Reads everything that is committed, until each partition has so many records and no more.
    private func check(_ topic: String, count: Int) async throws {
        for partition in 0..<partitions {
            try await send(["end"], to: topic, partition: KafkaPartition(rawValue: partition))
        }
        var texts = Array(repeating: [String](), count: partitions)
        var open = partitions
        try await withKafkaConsumer(TestBroker.consumer(.all(topic, partitions: partitions))) { consumer in
            for try await record in consumer {
                if record.text == "end" {
                    open -= 1
                    if open == 0 { break }
                } else {
                    texts[record.partition.rawValue].append(record.text ?? "")
                }
            }
        }
        for partition in 0..<partitions {
            #expect(texts[partition] == (0..<count).map { "\(partition)-\($0)" })
        }
    }

    @Test("A loop that is ended in the middle of a transaction again and again writes each record once, in order")
    func kills() async throws {
        let count = 1000
        let from = try await TestBroker.topic(partitions: partitions)
        let to = try await TestBroker.topic(partitions: partitions)
        try await fill(from, count: count)
        let seen = Locked<Set<String>>([])
        let zombies = Locked<[Gate]>([])
        var rounds = 0
        // The process of an earlier round goes on in its transaction: with its clients still there, or without them.
        try await withThrowingTaskGroup(of: Void.self) { group in
            while seen.value.count < partitions * count {
                rounds += 1
                let transform = Transform(from: from, to: to, id: "tx-\(from)", seen: seen)
                let reached = Gate()
                let zombie = Gate()
                zombies.append(zombie)
                let isZombie = rounds % 2 == 0
                let round = rounds
                let isThere = Count()
                group.addTask {
                    // A round that an error ends is followed by the next one, like a process that dies.
                    defer { isThere.add() }
                    do {
                        try await transform.run(transactions: round % 4) { consumer in
                            await reached.pass()
                            if !isZombie { throw Killed() }
                            // It goes on in its transaction, when others have its partitions.
                            await consumer.shutdown()
                            await zombie.pass()
                        }
                    } catch is Killed {
                    } catch let error as KafkaError {
                        if error.code != .fenced { print("exactly once: round \(round) ended with \(error)") }
                    }
                }
                // A round that has nothing more to read never gets there: all was seen then.
                let waiting = Task {
                    await reached.arrivals(1)
                    isThere.add()
                }
                await until { isThere.value > 0 || seen.value.count == partitions * count }
                reached.open()
                waiting.cancel()
                if rounds > 400 { break }
            }
            for zombie in zombies.value { zombie.open() }
            group.cancelAll()
            try await group.waitForAll()
        }
        print("exactly once: \(rounds) rounds")
        #expect(rounds > 10)
        try await check(to, count: count)
    }

    @Test("Members that leave and join while others are in transactions write each record once, in order")
    func rebalances() async throws {
        let count = 1000
        let from = try await TestBroker.topic(partitions: partitions)
        let to = try await TestBroker.topic(partitions: partitions)
        try await fill(from, count: count)
        let seen = Locked<Set<String>>([])
        let lives = Count()
        let aborted = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for member in 0..<3 {
                group.addTask {
                    var life = 0
                    while !Task.isCancelled {
                        life += 1
                        lives.add()
                        let transform = Transform(
                            from: from,
                            to: to,
                            id: "tx\(member)-\(from)",
                            seen: seen,
                            pause: .milliseconds(30)
                        )
                        do {
                            try await transform.run(transactions: (life + member) % 5) { _ in throw Killed() }
                        } catch is Killed {
                        } catch let error as KafkaError where error.code == .fenced {
                        } catch is CancellationError {}
                        aborted.add(transform.aborted.value)
                    }
                }
            }
            await until { seen.value.count == partitions * count }
            group.cancelAll()
            try await group.waitForAll()
        }
        print("exactly once: \(lives.value) lives of three members, \(aborted.value) transactions aborted")
        try await check(to, count: count)
    }
}
