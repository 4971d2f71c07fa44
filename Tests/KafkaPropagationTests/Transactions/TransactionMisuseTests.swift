import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// Each runs on the embedded cluster as well, whose transactions commit and abort nothing.
@Suite("Transactions: calls that do not fit", .timeLimit(.minutes(10)))
struct TransactionMisuseTests {
    private func configured(_ change: (inout KafkaProducerConfiguration) -> Void) -> KafkaProducerConfiguration {
        var configuration = KafkaProducerConfiguration(KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]))
        configuration.transactionalID = "orders"
        change(&configuration)
        return configuration
    }

    @Test("Settings that do not fit transactions are refused with the name of the property and a way out")
    func settings() throws {
        try configured { _ in }.validate()
        try configured { $0.isIdempotenceEnabled = true }.validate()
        try configured { $0.transactionTimeout = .seconds(10) }.validate()
        let cases: [(String, (inout KafkaProducerConfiguration) -> Void)] = [
            ("transactional.id", { $0.transactionalID = "" }),
            ("transactional.id", { $0.properties["transactional.id"] = "" }),
            ("transactional.id", { $0.transactionalID = "a\0b" }),
            ("enable.idempotence", { $0.isIdempotenceEnabled = false }),
            ("enable.idempotence", { $0.properties["enable.idempotence"] = "FALSE" }),
            ("acks", { $0.acknowledgements = .leader }),
            ("acks", { $0.properties["acks"] = "0" }),
            ("message.timeout.ms", { $0.deliveryTimeout = .seconds(61) }),
            // 61,000 in another form.
            ("message.timeout.ms", { $0.properties["message.timeout.ms"] = " 0xEE48" }),
            (
                "delivery.timeout.ms",
                {
                    $0.transactionTimeout = .seconds(5)
                    $0.properties["delivery.timeout.ms"] = "0"
                }
            ),
            (
                "transaction.timeout.ms",
                {
                    $0.transactionalID = nil
                    $0.transactionTimeout = .seconds(5)
                }
            ),
        ]
        for (subject, change) in cases {
            let configuration = configured(change)
            for call in [{ try configuration.validate() }, { _ = try KafkaProducer(configuration) }] {
                let error = #expect(throws: KafkaError.self, "\(subject)") { try call() }
                #expect(error?.code == .configuration && error?.subject == subject, "\(String(describing: error))")
            }
        }
    }

    @Test("The isolation level reaches librdkafka, and a property overrides it")
    func isolation() throws {
        var configuration = KafkaConsumerConfiguration(
            KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]),
            .group(id: "g", topics: ["t"])
        )
        for level in [KafkaConsumerConfiguration.IsolationLevel.readCommitted, .readUncommitted] {
            configuration.isolationLevel = level
            try configuration.validate()
            let value = try configuration.checkedProperties.last { $0.name == "isolation.level" }?.value
            #expect(value == level.description)
        }
        configuration.properties["isolation.level"] = "serializable"
        #expect(throws: KafkaError.self) { try configuration.validate() }
    }

    @Test("A call for offsets that was cancelled aborts the transaction, also if its error ends nowhere")
    func cancelledOffsets() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) {
            try await $0.send(KafkaMessage(topic: "frames", value: "x"))
        }
        var group = kafka.consumerConfiguration(.group(id: "detectors", topics: ["frames"]))
        group.commitPolicy = .manual
        var configuration = kafka.producerConfiguration
        configuration.transactionalID = "tx"
        try await withKafkaConsumer(group) { consumer in
            for try await _ in consumer { break }
            try await withKafkaProducer(configuration) { producer in
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.withTransaction { transaction in
                        // The coordinator answers long after the call has given up.
                        try kafka.setRoundTripTime(.seconds(3), ofBroker: 1)
                        let place = KafkaTopicPartition(topic: "frames", partition: 0).at(1)
                        let call = Task {
                            withUnsafeCurrentTask { $0?.cancel() }
                            try await transaction.sendOffsets([place], from: consumer)
                        }
                        let result = await call.result
                        #expect(throws: KafkaError.self) { try result.get() }
                        try kafka.setRoundTripTime(.zero, ofBroker: 1)
                    }
                }
                #expect(error?.code == .cancelled && error?.transactionOutcome == .aborted)
            }
        }
    }

    @Test("A send outside a transaction is refused, and so is a transaction without an ID")
    func outside() async throws {
        let topic = try await TestBroker.topic()
        let message = KafkaMessage(topic: topic, value: "x")
        var configuration = try TestBroker.producer()
        configuration.transactionalID = "tx-\(topic)"
        try await withKafkaProducer(configuration) { producer in
            let calls: [() async throws -> Void] = [
                { try await producer.send(message) },
                { try producer.enqueue(message) },
                { try producer.enqueue(message) { _ in } },
            ]
            for call in calls {
                let error = await #expect(throws: KafkaError.self) { try await call() }
                #expect(error?.code == .transactionState)
                #expect(error?.hint?.contains("withTransaction") == true)
            }
            let outcome = try await producer.transactionOutcome()
            #expect(outcome == nil)
        }
        try await withKafkaProducer(TestBroker.producer()) { producer in
            let error = await #expect(throws: KafkaError.self) { try await producer.withTransaction { _ in } }
            #expect(error?.code == .transactionState && error?.hint?.contains("transactionalID") == true)
            await #expect(throws: KafkaError.self) { try await producer.prepareTransactions() }
            try await producer.send(message)
        }
    }

    @Test(
        "A transaction inside a transaction of the same producer is an error and not a hang; of another one it is fine"
    )
    func nested() async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.producer()
        configuration.transactionalID = "tx-\(topic)"
        var other = configuration
        other.transactionalID = "tx2-\(topic)"
        try await withKafkaProducer(configuration) { outer in
            try await withKafkaProducer(other) { inner in
                try await outer.withTransaction { transaction in
                    try await transaction.send(KafkaMessage(topic: topic, value: "x"))
                    let error = await #expect(throws: KafkaError.self) {
                        try await outer.withTransaction { _ in }
                    }
                    #expect(error?.code == .transactionState)
                    try await inner.withTransaction { try await $0.send(KafkaMessage(topic: topic, value: "y")) }
                }
                try await outer.withTransaction { _ in }
            }
        }
    }

    @Test("After its body a transaction takes nothing more, also while the next one is open")
    func late() async throws {
        let topic = try await TestBroker.topic()
        let message = KafkaMessage(topic: topic, value: "x")
        var configuration = try TestBroker.producer()
        configuration.transactionalID = "tx-\(topic)"
        try await withKafkaProducer(configuration) { producer in
            let old = try await producer.withTransaction { $0 }
            try await producer.withTransaction { _ in
                let error = #expect(throws: KafkaError.self) { try old.enqueue(message) }
                #expect(error?.code == .transactionState)
                await #expect(throws: KafkaError.self) { try await old.send(message) }
            }
        }
    }

    @Test("A second transaction waits for its turn, and a task that is cancelled while it waits leaves")
    func turns() async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.producer()
        configuration.transactionalID = "tx-\(topic)"
        try await withKafkaProducer(configuration) { producer in
            let gate = Gate()
            let order = Locked<[Int]>([])
            let first = Task {
                try await producer.withTransaction { _ in
                    await gate.pass()
                    order.append(0)
                }
            }
            await gate.arrivals(1)
            let second = Task { try await producer.withTransaction { _ in order.append(1) } }
            await until { producer.core.transactions?.waiting == 1 }
            let third = Task { try await producer.withTransaction { _ in order.append(2) } }
            await until { producer.core.transactions?.waiting == 2 }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            #expect(order.value.isEmpty)
            gate.open()
            try await first.value
            try await third.value
            #expect(order.value == [0, 2])
        }
    }

    @Test("A shutdown ends the transactions that wait, lets the open one end, and refuses later ones")
    func shutdown() async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.producer()
        configuration.transactionalID = "tx-\(topic)"
        let producer = try KafkaProducer(configuration)
        let gate = Gate()
        let open = Task {
            try await producer.withTransaction { transaction in
                try await transaction.send(KafkaMessage(topic: topic, value: "x"))
                await gate.pass()
            }
        }
        await gate.arrivals(1)
        let waiting = Task { try await producer.withTransaction { _ in } }
        await until { producer.core.transactions?.waiting == 1 }
        producer.triggerGracefulShutdown()
        let refused = await #expect(throws: KafkaError.self) { try await waiting.value }
        #expect(refused?.code == .shutdown)
        gate.open()
        try await open.value
        let outcome = try await producer.transactionOutcome()
        #expect(outcome == .committed)
        try await producer.shutdown()
        let late = await #expect(throws: KafkaError.self) { try await producer.withTransaction { _ in } }
        #expect(late?.code == .shutdown)
    }

    @Test(
        "An open transaction that waits for a report when the shutdown begins gets it, and commits",
        arguments: [false, true]
    )
    func shutdownWhileWaiting(flushes: Bool) async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        var configuration = kafka.producerConfiguration
        configuration.transactionalID = "tx"
        // On a very busy machine, a task may wait for a thread for many seconds.
        configuration.shutdownTimeout = .seconds(120)
        let producer = try KafkaProducer(configuration)
        try await producer.prepareTransactions()
        try await producer.withTransaction { transaction in
            // Longer than the call in which the producer's thread waits for reports.
            try kafka.setRoundTripTime(.seconds(1), ofBroker: 1)
            let message = KafkaMessage(topic: "frames", value: "x")
            if flushes { try transaction.enqueue(message) }
            async let waiting: Void = {
                if flushes { try await producer.flush() } else { _ = try await transaction.send(message) }
            }()
            // On a very busy machine, the report may have come before this look.
            await until { producer.core.outstanding == 1 || producer.statistics.delivered == 1 }
            producer.triggerGracefulShutdown()
            try await waiting
        }
        #expect(try await producer.transactionOutcome() == .committed)
        try await producer.shutdown()
    }

    @Test("A task that is cancelled before its transaction begins does not run its body")
    func cancelledBefore() async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.producer()
        configuration.transactionalID = "tx-\(topic)"
        try await withKafkaProducer(configuration) { producer in
            try await producer.prepareTransactions()
            let bodies = Locked(0)
            let gate = Gate()
            let task = Task {
                await gate.pass()
                try await producer.withTransaction { _ in bodies.change { $0 += 1 } }
            }
            task.cancel()
            gate.open()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(bodies.value == 0)
            // The turn is free.
            try await producer.withTransaction { _ in bodies.change { $0 += 1 } }
            #expect(bodies.value == 1)
        }
    }

    @Test("A turn that comes while its caller is cancelled is passed on")
    func cancelledTurns() async throws {
        let transactions = try #require(ProducerTransactions([("transactional.id", "tx")], callTimeout: .zero))
        for _ in 0..<200 {
            try await transactions.takeTurn()
            let waiter = Task {
                try await transactions.takeTurn()
                transactions.leaveTurn()
            }
            await until { transactions.waiting == 1 }
            let turn = transactions.passTurn()
            waiter.cancel()
            // Lets the waiter run, if it does not wait for the turn that is on its way.
            for _ in 0..<5 { await Task.yield() }
            turn?.resolve(true)
            _ = await waiter.result
        }
        // No turn was lost.
        try await transactions.takeTurn()
    }

    @Test("A shutdown does not wait longer than its timeout for a body that never ends")
    func shutdownTimeout() async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.producer()
        configuration.transactionalID = "tx-\(topic)"
        configuration.shutdownTimeout = .milliseconds(200)
        let producer = try KafkaProducer(configuration)
        let gate = Gate()
        let open = Task { try await producer.withTransaction { _ in await gate.pass() } }
        await gate.arrivals(1)
        try await producer.shutdown()
        gate.open()
        let error = await #expect(throws: KafkaError.self) { try await open.value }
        #expect(error?.transactionOutcome == .aborted)
    }

    @Test("While no broker can be reached, beginning a transaction keeps its timeout, and ends when it is cancelled")
    func unreachable() async throws {
        var configuration = configured { $0.transactionCallTimeout = .milliseconds(300) }
        configuration.shutdownTimeout = .zero
        let producer = try KafkaProducer(configuration)
        let error = await #expect(throws: KafkaError.self) { try await producer.withTransaction { _ in } }
        #expect(error?.code == .timedOut && error?.isRetriable == true)
        #expect(error?.message.contains("orders") == true)
        let waiting = Task { try await producer.prepareTransactions(timeout: .seconds(300)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await producer.shutdown()
    }

    @Test("A consumer that commits by itself, or has no group, is refused before the body runs")
    func consumers() async throws {
        let topic = try await TestBroker.topic()
        try await send(["0"], to: topic)
        var producing = try TestBroker.producer()
        producing.transactionalID = "tx-\(topic)"
        let place = KafkaTopicPartitionOffset(topic: topic, partition: 0, offset: .beginning)
        let alone = try TestBroker.consumer(.partitions([place]))
        let storing = try TestBroker.consumer(.partitions([place], groupID: "group-\(topic)"))
        var overridden = storing
        overridden.commitPolicy = .manual
        overridden.properties["enable.auto.commit"] = "true"
        try await withKafkaProducer(producing) { producer in
            for (configuration, subject) in [
                (alone, "consumptionStrategy"), (storing, "commitPolicy"), (overridden, "commitPolicy"),
            ] {
                try await withKafkaConsumer(configuration) { consumer in
                    let record = try await consumer.takeOne()
                    let error = await #expect(throws: KafkaError.self) {
                        try await producer.withTransaction(consuming: [record], from: consumer) { _ in
                            Issue.record("the body ran")
                        }
                    }
                    #expect(error?.code == .configuration && error?.subject == subject)
                    #expect(error?.transactionOutcome == nil)
                }
            }
            var manual = storing
            manual.commitPolicy = .manual
            try await withKafkaConsumer(manual) { consumer in
                let foreign = KafkaRecord(topic: topic, value: "x")
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.withTransaction(consuming: [foreign], from: consumer) { _ in }
                }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    /// Writes down what the producer asks for.
    private final class Participant: TransactionParticipant, ConsumerGroupSource {
        let order = Locked<[String]>([])
        private let consumer: KafkaConsumer
        private let place: KafkaTopicPartitionOffset

        init(_ consumer: KafkaConsumer, _ place: KafkaTopicPartitionOffset) {
            self.consumer = consumer
            self.place = place
        }

        var group: (any ConsumerGroupSource)? { self }

        func groupMetadata() throws(KafkaError) -> ConsumerGroupMetadata {
            order.append("metadata")
            return try consumer.groupMetadata()
        }

        func check(_ offsets: [KafkaTopicPartitionOffset]) throws(KafkaError) {
            order.append("check")
        }

        func offsets() throws(KafkaError) -> [KafkaTopicPartitionOffset] {
            order.append("offsets")
            return [place]
        }

        func ended(_ outcome: KafkaTransactionOutcome) async {
            order.append("\(outcome)")
        }
    }

    @Test("The place in the group is read before the offsets are checked: a rebalance between the two cannot hide")
    func orderOfChecks() async throws {
        let topic = try await TestBroker.topic()
        try await send(["0"], to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        var producing = try TestBroker.producer()
        producing.transactionalID = "tx-\(topic)"
        var consuming = try TestBroker.consumer(
            .partitions([.init(topicPartition: partition, offset: .beginning)], groupID: "group-\(topic)")
        )
        consuming.commitPolicy = .manual
        try await withKafkaProducer(producing) { producer in
            try await withKafkaConsumer(consuming) { consumer in
                _ = try await consumer.takeOne()
                let place = KafkaTopicPartitionOffset(topicPartition: partition, offset: 1)
                let participant = Participant(consumer, place)
                try await producer.withTransaction { transaction in
                    try await transaction.commit([place], of: participant)
                    transaction.join(participant)
                }
                #expect(participant.order.value == ["metadata", "check", "metadata", "offsets", "committed"])
            }
        }
    }
}
