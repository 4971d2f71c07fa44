import CMALoggerRDKafka
import ContextLog
import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("The report of a broker that does not answer", .timeLimit(.minutes(10)))
struct ConnectionWatchTests {
    private static let second: UInt64 = 1_000_000_000

    private static func signs(
        hasWorked: Bool = false,
        hasFailed: Bool = true,
        isDown: Bool = true,
        waiting: Int = 1,
        progress: Int = 0
    ) -> ConnectionWatchState.Signs {
        ConnectionWatchState.Signs(
            hasWorked: hasWorked,
            hasFailed: hasFailed,
            isDown: isDown,
            waiting: waiting,
            progress: progress
        )
    }

    @Test("A broker that never answers is reported after 5 s, and then every 30 s, and its answer once")
    func times() {
        var state = ConnectionWatchState(now: 0)
        var actions: [(time: UInt64, action: ConnectionWatchState.Action)] = []
        for quarter in 0..<400 as Range<UInt64> {
            let now = quarter * Self.second / 4
            let signs = quarter < 380 ? Self.signs() : Self.signs(hasWorked: true, hasFailed: false, isDown: false)
            let action = state.look(signs, now: now)
            if action != .none, action != .ask { actions.append((now / Self.second, action)) }
        }
        #expect(actions.map(\.time) == [5, 35, 65, 95])
        #expect(
            actions.map(\.action) == [
                .warn(seconds: 5), .warn(seconds: 35), .warn(seconds: 65), .recovered(seconds: 95),
            ]
        )
    }

    @Test("Without a sign that a broker is down there is no report, only a question to the brokers")
    func doubt() {
        var state = ConnectionWatchState(now: 0)
        for quarter in 0..<400 as Range<UInt64> {
            let signs = Self.signs(hasWorked: quarter % 2 == 0, hasFailed: false, isDown: false)
            let action = state.look(signs, now: quarter * Self.second / 4)
            #expect(action == (quarter < 8 ? .none : .ask))
        }
    }

    @Test("A client that a fatal error has stopped does not report that no broker answers")
    func fatal() throws {
        let connection = ConnectionState()
        connection.noteSuccess()
        let before = try #require(ConnectionWatchState.Signs(connection, waiting: 1, progress: 0))
        #expect(before.hasWorked && !before.hasFailed && !before.isDown)
        connection.noteFailure(KafkaError(RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, isFatal: true))
        #expect(ConnectionWatchState.Signs(connection, waiting: 1, progress: 0) == nil)
        // The probes of the brokers succeed.
        connection.noteSuccess()
        #expect(ConnectionWatchState.Signs(connection, waiting: 1, progress: 0) == nil)
        // It still counts as down for the readiness.
        #expect(connection.isDown)
    }

    @Test("For any signs, reports are 30 s apart unless an answer lies between, and each answer follows a report")
    func anySigns() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SplitMix(state: seed)
            var state = ConnectionWatchState(now: 0)
            var (now, lastReport, isReported, progress) = (0 as UInt64, nil as UInt64?, false, 0)
            var signs = Self.signs()
            for _ in 0..<400 {
                now += UInt64.random(in: 0...2 * Self.second, using: &random)
                if Int.random(in: 0..<8, using: &random) == 0 {
                    progress += Int.random(in: 0...1, using: &random)
                    signs = Self.signs(
                        hasWorked: signs.hasWorked || Bool.random(using: &random),
                        hasFailed: Bool.random(using: &random),
                        isDown: Int.random(in: 0..<4, using: &random) > 0,
                        waiting: Int.random(in: 0...2, using: &random),
                        progress: progress
                    )
                }
                switch state.look(signs, now: now) {
                case .none: break
                case .ask: #expect(signs.isDown || !signs.hasWorked || signs.hasFailed || signs.waiting > 0)
                case .warn(let seconds):
                    #expect(signs.isDown && seconds >= 5)
                    if isReported, let lastReport { #expect(now - lastReport >= 30 * Self.second) }
                    (lastReport, isReported) = (now, true)
                case .recovered(let seconds):
                    #expect(isReported && seconds >= 5 && !signs.isDown)
                    isReported = false
                }
            }
        }
    }

    @Test(
        "The texts of librdkafka become plain words and the variable to look at",
        arguments: [
            (
                "Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)",
                "nothing listens", "BOOTSTRAP"
            ),
            ("Failed to resolve 'kafka:9092': Name or service not known (after 2ms)", "name of the host", "BOOTSTRAP"),
            (
                "Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration",
                "another protocol", "SECURITY_PROTOCOL"
            ),
            (
                "Receive failed: Invalid response size 352518912 (0..100000000): increase receive.message.max.bytes",
                "another protocol", "SECURITY_PROTOCOL"
            ),
            (
                "kafka:9093/bootstrap: Disconnected: connection reset by peer (after 0ms in state APIVERSION_QUERY)",
                "another protocol", "SECURITY_PROTOCOL"
            ),
            (
                "ssl://kafka:9093/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected eof while reading",
                "ends during the TLS handshake", "SECURITY_PROTOCOL"
            ),
            (
                "ssl://kafka:9093/1: SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?",
                "ends during the TLS handshake", "BOOTSTRAP"
            ),
            (
                "SASL PLAIN mechanism handshake failed: Local: Timed out: broker's supported mechanisms: (n/a)",
                "ends during the login", "BOOTSTRAP"
            ),
            (
                "SASL authentication error: SaslAuthenticateRequest failed: Local: Broker transport failure",
                "ends during the login", "BOOTSTRAP"
            ),
            ("SSL handshake failed: … certificate verify failed: …", "no known authority", "SSL_CA_LOCATION"),
            ("SASL authentication error: Authentication failed", "refuses the login", "SASL_USERNAME"),
            ("Connection setup timed out in state CONNECT (after 30028ms)", "does not answer", "BOOTSTRAP"),
            ("a new text", "a new text", "BOOTSTRAP"),
            (
                "127.0.0.1:9092/bootstrap: Disconnected: verify that security.protocol is correctly configured, broker "
                    + "might require SASL authentication (after 307ms in state UP)", "wants a login",
                "SECURITY_PROTOCOL"
            ),
            (
                "127.0.0.1:9092/bootstrap: Send failed: Broken pipe (after 0ms in state UP)", "closes it",
                "SECURITY_PROTOCOL"
            ),
            (
                "sasl_ssl://kafka:9093/bootstrap: Connection setup timed out in state CONNECT (after 30028ms)",
                "does not answer", "BOOTSTRAP"
            ),
            (
                "sasl_ssl://kafka:9093/bootstrap: Connect to ipv4#10.0.0.1:9093 failed: Connection refused",
                "nothing listens", "BOOTSTRAP"
            ),
            (
                "ssl://authentication:9093/1: Failed to resolve 'authentication:9093': Name or service not known",
                "unknown", "BOOTSTRAP"
            ),
            (
                "ssl://kafka:9093/bootstrap: SSL handshake failed: … sslv3 alert bad certificate: SSL alert number 42",
                "refuses the client's certificate", "SSL_CERTIFICATE_LOCATION"
            ),
        ]
    )
    func words(text: String, reason: String, variable: String) {
        let fault = ConnectionFault(text)
        #expect(fault.reason.contains(reason) && fault.variables.contains("KAFKA_\(variable)"), "\(fault)")
        #expect(ConnectionFault(nil).variables.contains("KAFKA_BOOTSTRAP_SERVERS"))
    }

    @Test("Producers and consumers report a closed port, a port that speaks TLS, a silent port, and a broker's return")
    func lines() async throws {
        let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
            endAfter(seconds: 170)
            let backend = CollectingBackend()
            Log.install(backend)
            let tls = try FakeBroker { $0.readOnce() }
            let silent = try FakeBroker { $0.readForEver() }
            let kafka = try EmbeddedKafka(brokers: 1, topics: ["frames": 1])
            try kafka.setBrokerDown(1)
            var clients: [any Sendable] = []
            for (name, servers) in [
                // Nothing listens on that port, and the system gives it to no other test.
                ("closed", "127.0.0.1:1"), ("tls", tls.address), ("silent", silent.address),
                ("down", kafka.bootstrapServers),
            ] {
                var connection = KafkaConfiguration(bootstrapServers: [servers])
                connection.clientID = name
                let producer = try KafkaProducer(KafkaProducerConfiguration(connection))
                for _ in 0..<3 { try producer.enqueue(KafkaMessage(topic: "frames", value: "x")) }
                let strategy = KafkaConsumerConfiguration.ConsumptionStrategy.group(id: "g", topics: ["frames"])
                clients.append(producer)
                clients.append(try KafkaConsumer(KafkaConsumerConfiguration(connection, strategy)))
            }
            await until {
                Set(backend.lines.filter { $0.contains(" has answered for ") }.map { $0.prefix(22) }).count == 8
            }
            try kafka.setBrokerUp(1)
            await until { backend.lines.filter { $0.contains("a broker answers again") }.count == 2 }
            print(backend.lines.joined(separator: "\n"))
            withExtendedLifetime(clients) { exit(0) }
        }
        let lines = String(decoding: result.standardOutputContent, as: UTF8.self).split(separator: "\n")
        func reports(_ client: String) -> [Substring] { lines.filter { $0.contains("WARNING") && $0.contains(client) } }
        for (client, words) in [
            ("closed", "nothing listens at the address; check KAFKA_BOOTSTRAP_SERVERS"),
            ("tls", "the port speaks another protocol"), ("silent", "; check KAFKA_BOOTSTRAP_SERVERS"),
            ("down", "; check KAFKA_BOOTSTRAP_SERVERS"),
        ] {
            let producers = reports("\(client)#producer")
            let consumers = reports("\(client)#consumer")
            #expect(producers.contains { $0.contains("3 messages wait: ") && $0.contains(words) }, "\(producers)")
            #expect(consumers.contains { $0.contains("no records come: ") && $0.contains(words) }, "\(consumers)")
        }
    }
}

/// Stores its lines as texts.
private final class CollectingBackend: LogBackend {
    private let texts = Locked<[String]>([])

    var lines: [String] { texts.value }

    func log(_ event: borrowing Log.Event) {
        var client = ""
        event.forEachField { name, value in if name == "client" { client = "\(value)" } }
        let text = "\(client) \(event.level) \(event.label): \(event.message)"
        guard event.label == "kafka.producer" || event.label == "kafka.consumer" else { return }
        texts.change { $0.append(text) }
    }
}
