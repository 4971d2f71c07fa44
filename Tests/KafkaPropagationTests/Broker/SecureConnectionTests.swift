import Foundation
import KafkaPropagation
import Testing

private let environment = ProcessInfo.processInfo.environment
private let sasl = environment["TEST_KAFKA_SASL"]
private let tls = environment["TEST_KAFKA_TLS"]
private let authority = environment["TEST_KAFKA_CA"]

/// The listeners of a real broker that require a password or a certificate. The user is alice, with the password
/// alice-secret. `TEST_KAFKA_SASL` and `TEST_KAFKA_TLS` are the addresses of the listeners, and `TEST_KAFKA_CA` is the
/// certificate of the authority. These names do not start with `KAFKA_`, because every configuration reads such names.
@Suite("Secured connections", .timeLimit(.minutes(10)))
struct SecureConnectionTests {
    private func metadata(_ variables: [String: String]) async throws -> KafkaMetadata {
        // A test that hangs would reach the suite's time limit long before this timeout.
        try await KafkaAdmin(KafkaConfiguration(environment: variables)).metadata(timeout: .seconds(50))
    }

    private func saslVariables(password: String) throws -> [String: String] {
        [
            "KAFKA_BOOTSTRAP_SERVERS": try #require(sasl), "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "alice", "KAFKA_SASL_PASSWORD": password,
        ]
    }

    @Test("The correct password is accepted", .enabled(if: sasl != nil, "TEST_KAFKA_SASL is not set"))
    func rightPassword() async throws {
        #expect(try await !metadata(saslVariables(password: "alice-secret")).brokers.isEmpty)
    }

    @Test(
        "A wrong password is a clear error and not a hang, for an admin, a producer and a consumer",
        .enabled(if: sasl != nil, "TEST_KAFKA_SASL is not set")
    )
    func wrongPassword() async throws {
        let variables = try saslVariables(password: "wrong")
        let admin = await #expect(throws: KafkaError.self) { try await metadata(variables) }
        #expect(admin?.code == .authentication)
        let connection = try KafkaConfiguration(environment: variables)
        let producer = await #expect(throws: KafkaError.self) {
            try await withKafkaProducer(KafkaProducerConfiguration(connection)) {
                _ = try await $0.send(KafkaMessage(topic: "secured", value: "x"))
            }
        }
        #expect(producer?.code == .authentication)
        let consumer = await #expect(throws: KafkaError.self) {
            try await withKafkaConsumer(KafkaConsumerConfiguration(connection, .all("secured"))) { consumer in
                for try await _ in consumer {}
            }
        }
        #expect(consumer?.code == .authentication)
    }

    @Test(
        "Clients work if one of two addresses refuses the login",
        .enabled(if: sasl != nil, "TEST_KAFKA_SASL is not set")
    )
    func refusedByOne() async throws {
        let refusing = try FakeBroker { $0.serveLogin(refuses: true) }
        defer { refusing.end() }
        var variables = try saslVariables(password: "alice-secret")
        variables["KAFKA_BOOTSTRAP_SERVERS"] = "\(refusing.address),\(try #require(sasl))"
        let connection = try KafkaConfiguration(environment: variables)
        #expect(try await !metadata(variables).brokers.isEmpty)
        try await withKafkaProducer(KafkaProducerConfiguration(connection)) { producer in
            try await producer.send(KafkaMessage(topic: "secured", value: "x"))
        }
        var configuration = KafkaConsumerConfiguration(connection, .all("secured"))
        configuration.autoOffsetReset = .earliest
        try await withKafkaConsumer(configuration) { consumer in
            for try await _ in consumer { break }
        }
    }

    @Test(
        "A certificate from a configured authority is trusted",
        .enabled(if: tls != nil && authority != nil, "TEST_KAFKA_TLS and TEST_KAFKA_CA are not both set")
    )
    func trustedCertificate() async throws {
        let metadata = try await metadata([
            "KAFKA_BOOTSTRAP_SERVERS": try #require(tls), "KAFKA_SECURITY_PROTOCOL": "SSL",
            "KAFKA_SSL_CA_LOCATION": try #require(authority),
        ])
        #expect(!metadata.brokers.isEmpty)
    }

    @Test(
        "A certificate from an unknown authority is a clear error, and not a hang",
        .enabled(if: tls != nil, "TEST_KAFKA_TLS is not set")
    )
    func unknownCertificate() async throws {
        let error = await #expect(throws: KafkaError.self) {
            try await metadata([
                "KAFKA_BOOTSTRAP_SERVERS": try #require(tls), "KAFKA_SECURITY_PROTOCOL": "SSL",
            ])
        }
        #expect(error?.code == .tls)
    }
}
