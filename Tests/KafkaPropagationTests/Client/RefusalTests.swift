import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import CMALoggerRDKafka
@testable import ContextPropagation
@testable import KafkaPropagation

/// Brokers that refuse a login, and connections that only look as if they did.
@Suite("Refused and interrupted logins", .timeLimit(.minutes(10)))
struct RefusalTests {
    private static func tls(_ servers: String...) -> KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: servers, securityProtocol: .tls())
    }

    private static func sasl(_ servers: String...) -> KafkaConfiguration {
        KafkaConfiguration(
            bootstrapServers: servers,
            securityProtocol: .saslPlaintext(mechanism: .plain(username: "alice", password: "secret"))
        )
    }

    private static func consumer(_ connection: KafkaConfiguration) throws -> KafkaConsumer {
        try KafkaConsumer(KafkaConsumerConfiguration(connection, .group(id: "g", topics: ["frames"])))
    }

    private static func producer(_ connection: KafkaConfiguration) throws -> KafkaProducer {
        var configuration = KafkaProducerConfiguration(connection)
        configuration.deliveryTimeout = .seconds(60)
        configuration.shutdownTimeout = .milliseconds(100)
        return try KafkaProducer(configuration)
    }

    @Test("A connection that ends during the TLS handshake or the login ends no client", arguments: [false, true])
    func interrupted(duringLogin: Bool) async throws {
        let broker = try FakeBroker { duringLogin ? $0.serveLogin(refuses: false) : $0.readOnce() }
        defer { broker.end() }
        let connection = duringLogin ? Self.sasl(broker.address) : Self.tls(broker.address)
        let consumer = try Self.consumer(connection)
        async let iteration: Void = {
            for try await _ in consumer {}
        }()

        var configuration = KafkaProducerConfiguration(connection)
        configuration.deliveryTimeout = .seconds(2)
        let sending = try KafkaProducer(configuration)
        let sent = await #expect(throws: KafkaError.self) {
            try await sending.send(KafkaMessage(topic: "frames", value: "x"))
        }
        #expect(sent?.code == .timedOut || sent?.code == .connection, "\(String(describing: sent))")
        #expect(sent?.isRetriable == true)

        configuration.transactionalID = "tx"
        // More than one call of librdkafka, after each of which a refusal would end the producer.
        configuration.transactionCallTimeout = .seconds(5)
        let transacting = try KafkaProducer(configuration)
        let begun = await #expect(throws: KafkaError.self) { try await transacting.withTransaction { _ in } }
        #expect(begun?.code == .timedOut && begun?.isRetriable == true, "\(String(describing: begun))")

        // One of the errors that librdkafka reported.
        for await case .error(let error) in consumer.events {
            #expect(error.code == .connection && error.isRetriable, "\(error)")
            if error.message.contains(duringLogin ? "supported mechanisms: (n/a)" : "SSL handshake failed") { break }
        }
        consumer.triggerGracefulShutdown()
        try await iteration
        await consumer.shutdown()
        try await sending.shutdown()
        try? await transacting.shutdown()
    }

    @Test("If the only broker refuses the login, an iteration, a send, a transaction and a metadata call end with it")
    func refused() async throws {
        let broker = try FakeBroker { $0.serveLogin(refuses: true) }
        defer { broker.end() }
        try await expectRefusal(Self.sasl(broker.address))
    }

    @Test("If one broker refuses the login and the other does not answer, an iteration and a send end with it")
    func refusedAndSilent() async throws {
        let refusing = try FakeBroker { $0.serveLogin(refuses: true) }
        let silent = try FakeBroker { $0.readForEver() }
        defer {
            refusing.end()
            silent.end()
        }
        try await expectRefusal(Self.sasl(refusing.address, silent.address))
    }

    private func expectRefusal(_ connection: KafkaConfiguration) async throws {
        let consumer = try Self.consumer(connection)
        let producer = try Self.producer(connection)
        let message = KafkaMessage(topic: "frames", value: "x")
        let sent = Task { try await producer.send(message) }
        let iterated = await #expect(throws: KafkaError.self) { for try await _ in consumer {} }
        #expect(iterated?.code == .authentication, "\(String(describing: iterated))")
        let unsent = await #expect(throws: KafkaError.self) { _ = try await sent.value }
        #expect(unsent?.code == .authentication, "\(String(describing: unsent))")
        // librdkafka reports the error again for the first of these messages at most.
        for _ in 1...3 {
            let later = await #expect(throws: KafkaError.self) { try await producer.send(message) }
            #expect(later?.code == .authentication, "\(String(describing: later))")
        }
        let unanswered = await #expect(throws: KafkaError.self) { try await producer.metadata(timeout: .seconds(60)) }
        #expect(unanswered?.code == .authentication, "\(String(describing: unanswered))")
        await consumer.shutdown()
        try? await producer.shutdown()
    }

    /// The errors of a client whose only broker refuses the login.
    private static let refusals = [
        KafkaError(RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL authentication error"),
        KafkaError(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down"),
    ]

    private static func refuse(_ callbacks: ClientCallbacks) {
        for error in refusals { callbacks.failed(error) }
    }

    @Test("An admin request to a cluster that answers does not fail because of an old refusal")
    func oldRefusal() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        // Longer than the first wait for an answer.
        try kafka.setRoundTripTime(.milliseconds(100), ofBroker: 1)
        let callbacks = ClientCallbacks()
        let native = try NativeConfiguration(kafka.configuration.nativeProperties)
        let client = try ClientHandle(RD_KAFKA_PRODUCER, native, callbacks: callbacks)
        Self.refuse(callbacks)
        try ReadOffset().perform(with: client, callbacks.connection, timeout: .seconds(60))
        #expect(callbacks.connection.refusal == nil && callbacks.connection.hasEverWorked)
    }

    @Test("A producer whose login was refused gets its transactional ID when the brokers accept the login")
    func laterTransaction() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.transactionalID = "tx"
        try await withKafkaProducer(configuration) { producer in
            Self.refuse(producer.core.callbacks)
            let refused = await #expect(throws: KafkaError.self) { try await producer.prepareTransactions() }
            #expect(refused?.code == .authentication && refused?.isFatal == false, "\(String(describing: refused))")
            #expect(!producer.readiness.isReady)
            try kafka.setBrokerUp(1)
            await until { producer.core.callbacks.connection.hasEverWorked }
            try await producer.withTransaction { _ = try await $0.send(KafkaMessage(topic: "frames", value: "x")) }
            #expect(producer.readiness.isReady)
        }
    }

    @Test("Once the cluster has given out the transactional ID, an earlier refusal takes no message back")
    func transactionAfterRefusal() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        var configuration = kafka.producerConfiguration
        configuration.transactionalID = "tx"
        configuration.linger = .seconds(1)
        try await withKafkaProducer(configuration) { producer in
            let transactions = try #require(producer.core.transactions)
            try await producer.core.waitUntilInitialized(transactions, timeout: .seconds(60))
            producer.core.servingAlone { Self.refuse(producer.core.callbacks) }
            try await producer.withTransaction { _ = try await $0.send(KafkaMessage(topic: "frames", value: "x")) }
        }
    }

    @Test("A message that was taken back because of a refusal says so, also if a broker answers before its report")
    func reportAfterRefusal() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        let producer = try KafkaProducer(kafka.producerConfiguration)
        let report = Promise<KafkaDeliveryReport>()
        try producer.enqueue(KafkaMessage(topic: "frames", value: "x")) { report.resolve($0) }
        await onNewThread {
            producer.core.servingAlone {
                Self.refuse(producer.core.callbacks)
                while producer.core.callbacks.lastRefusal == nil { usleep(1_000) }
                producer.core.callbacks.connection.noteSuccess()
            }
        }
        #expect(await report.value.error?.code == .authentication)
        try await producer.shutdown()
    }

    @Test("A refusal during a shutdown ends it")
    func shutdown() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        try kafka.setBrokerDown(1)
        var configuration = kafka.producerConfiguration
        configuration.shutdownTimeout = .seconds(150)
        let producer = try KafkaProducer(configuration)
        let report = Promise<KafkaDeliveryReport>()
        try producer.enqueue(KafkaMessage(topic: "frames", value: "x")) { report.resolve($0) }
        producer.triggerGracefulShutdown()
        // As the probe does, without an error of librdkafka.
        for error in Self.refusals { producer.core.callbacks.connection.noteFailure(error) }
        #expect(await report.value.error?.code == .authentication)
        try await producer.shutdown()
    }

    @Test("Messages that an abort takes back say so, also if the brokers had refused the first connections")
    func abortAfterRefusal() async throws {
        let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
        var configuration = kafka.producerConfiguration
        configuration.transactionalID = "tx"
        configuration.linger = .seconds(10)
        struct Abort: Error {}
        try await withKafkaProducer(configuration) { producer in
            let transactions = try #require(producer.core.transactions)
            try await producer.core.waitUntilInitialized(transactions, timeout: .seconds(60))
            producer.core.servingAlone {
                Self.refuse(producer.core.callbacks)
                producer.core.callbacks.connection.noteSuccess()
            }
            // Until the producer's thread has seen the answer. While the refusal holds, it takes back every message.
            try await producer.flush()
            let codes = Locked<[KafkaError.Code?]>([])
            await #expect(throws: Abort.self) {
                try await producer.withTransaction { transaction in
                    async let sending = transaction.send(KafkaMessage(topic: "frames", value: "x"))
                    await until { producer.statistics.outstanding > 0 }
                    try await producer.flush()
                    _ = try await sending
                    for _ in 0..<10 {
                        try transaction.enqueue(KafkaMessage(topic: "frames", value: "x")) { report in
                            codes.append(report.error?.code)
                        }
                    }
                    throw Abort()
                }
            }
            #expect(codes.value == Array(repeating: .purged, count: 10))
        }
    }
}

/// A request of an admin client that the embedded cluster answers.
private struct ReadOffset: AdminRequest {
    var operation: rd_kafka_admin_op_t { RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS }

    func send(to client: OpaquePointer, _ options: OpaquePointer?, answer queue: OpaquePointer) {
        let partitions = rd_kafka_topic_partition_list_new(1)
        rd_kafka_topic_partition_list_add(partitions, "frames", 0)
        var request = rd_kafka_ListConsumerGroupOffsets_new("g", partitions)
        rd_kafka_ListConsumerGroupOffsets(client, &request, 1, options, queue)
        rd_kafka_ListConsumerGroupOffsets_destroy(request)
        rd_kafka_topic_partition_list_destroy(partitions)
    }

    func failure(in event: OpaquePointer) -> KafkaError? { nil }
}
