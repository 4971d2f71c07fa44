import Testing

@testable import CMALoggerRDKafka
@testable import KafkaPropagation

@Suite("Errors", .timeLimit(.minutes(10)))
struct ErrorTests {
    @Test("An error names the fault, its subject, librdkafka's name and number, and the action")
    func description() {
        let error = KafkaError(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, subject: "frames")
        #expect(error.code == .messageTooLarge)
        #expect(error.librdkafkaCode == 10)
        #expect(error.librdkafkaName == "MSG_SIZE_TOO_LARGE")
        #expect(
            error.description.hasPrefix(
                "frames: Broker: Message size too large (MSG_SIZE_TOO_LARGE, 10). Headers count"
            )
        )
    }

    @Test("An error is retriable exactly if the call can succeed later")
    func retriable() {
        #expect(KafkaError(RD_KAFKA_RESP_ERR__QUEUE_FULL).isRetriable)
        #expect(KafkaError(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS).isRetriable)
        #expect(!KafkaError(RD_KAFKA_RESP_ERR__AUTHENTICATION).isRetriable)
        #expect(!KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, isFatal: true).isRetriable)
        #expect(KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, isFatal: true).code == .fatal)
    }

    @Test("A timeout is explained by the last error of the connection")
    func cause() {
        let refused = KafkaError(RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed")
        let error = KafkaError(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, cause: refused)
        #expect(error.code == .timedOut)
        #expect(error.message.contains("certificate verify failed"))
        #expect(error.hint?.contains("KAFKA_SSL_CA_LOCATION") == true)
    }

    @Test("A timeout without an error of the connection names the topic, and the setting to raise")
    func unexplainedTimeout() {
        let hint = KafkaError(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT).hint
        #expect(hint?.contains("topic") == true && hint?.contains("deliveryTimeout") == true)
    }

    @Test("A connection that ends during the TLS handshake is explained by the port")
    func plainPort() {
        let text = "ssl://127.0.0.1:9092/bootstrap: Disconnected (after 0ms in state SSL_HANDSHAKE)"
        let error = KafkaError(RD_KAFKA_RESP_ERR__TRANSPORT, text)
        #expect(error.code == .connection && error.hint?.contains("KAFKA_SECURITY_PROTOCOL") == true)
        #expect(KafkaError(RD_KAFKA_RESP_ERR__TRANSPORT, "Disconnected (after 3ms in state UP)").hint == nil)
    }

    @Test("A refused SCRAM login is explained by an old librdkafka, or by the password with a new one")
    func scram() {
        let text = "SASL authentication error: invalid credentials with SASL mechanism SCRAM-SHA-256"
        let old = KafkaError.hint(for: RD_KAFKA_RESP_ERR__AUTHENTICATION, text, version: 0x0200_02ff)
        let new = KafkaError.hint(for: RD_KAFKA_RESP_ERR__AUTHENTICATION, text, version: 0x0206_01ff)
        #expect(old?.contains("2.6.1") == true)
        #expect(new?.contains("password") == true)
        #expect(new?.contains("2.6.1") == false)
    }

    @Test(
        "A login at a port without logins, or with another mechanism, is not explained by the password",
        arguments: [
            (
                "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: broker's "
                    + "supported mechanisms:  (after 4ms in state AUTH_HANDSHAKE)", "KAFKA_SECURITY_PROTOCOL"
            ),
            ("SASL Handshake not supported by broker (required by mechanism PLAIN)", "KAFKA_SECURITY_PROTOCOL"),
            (
                "SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported "
                    + "mechanisms: PLAIN,SCRAM-SHA-256 (after 3ms in state AUTH_HANDSHAKE)", "KAFKA_SASL_MECHANISM"
            ),
        ]
    )
    func otherLogin(text: String, variable: String) {
        let hint = KafkaError.hint(for: RD_KAFKA_RESP_ERR__AUTHENTICATION, text, version: 0x0200_02ff)
        #expect(hint?.contains(variable) == true && hint?.contains("password") == false)
    }

    @Test(
        "A connection that ends before the broker answers the login is not a refusal, whatever librdkafka calls it",
        arguments: [
            (
                RD_KAFKA_RESP_ERR__AUTHENTICATION,
                "sasl_ssl://kafka:9093/bootstrap: SASL PLAIN mechanism handshake failed: Local: Broker transport failure: "
                    + "broker's supported mechanisms: (n/a) (after 0ms in state DOWN)"
            ),
            (
                RD_KAFKA_RESP_ERR__AUTHENTICATION,
                "sasl_ssl://kafka:9093/bootstrap: SASL PLAIN mechanism handshake failed: Local: Timed out: "
                    + "broker's supported mechanisms: (n/a) (after 10003ms in state AUTH_HANDSHAKE)"
            ),
            (
                RD_KAFKA_RESP_ERR__AUTHENTICATION,
                "Failed to acquire SASL OAUTHBEARER token: Failed to retrieve OIDC token from \"https://id/token\": "
                    + "HTTP response code 503"
            ),
            (
                RD_KAFKA_RESP_ERR__AUTHENTICATION,
                "sasl_ssl://kafka:9093/bootstrap: Failed to initialize SASL authentication: OAUTHBEARER cannot log in "
                    + "because there is no token available; last error: (not available) (after 0ms in state AUTH_REQ)"
            ),
            (
                RD_KAFKA_RESP_ERR__SSL,
                "ssl://kafka:9093/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected eof while "
                    + "reading (after 8ms in state SSL_HANDSHAKE)"
            ),
            (
                RD_KAFKA_RESP_ERR__SSL,
                "ssl://kafka:9093/bootstrap: SSL handshake failed: SSL transport error: Connection timed out (after "
                    + "8ms in state SSL_HANDSHAKE)"
            ),
        ]
    )
    func interruptedLogin(code: rd_kafka_resp_err_t, text: String) {
        let error = KafkaError(code, text)
        #expect(error.code == .connection && error.isRetriable && !error.isFatal)
        #expect(error.hint?.contains("password") != true)
        #expect(error.librdkafkaCode == code.rawValue)
        #expect(!ConnectionFault(text).reason.contains("refuses"))
    }

    @Test(
        "A broker that answers the login with a refusal is not retriable",
        arguments: [
            (
                RD_KAFKA_RESP_ERR__AUTHENTICATION, .authentication,
                "sasl_ssl://kafka:9093/bootstrap: SASL authentication error: Authentication failed: Invalid username or "
                    + "password (after 0ms in state AUTH_REQ)"
            ),
            (
                RD_KAFKA_RESP_ERR__AUTHENTICATION, .authentication,
                "sasl_ssl://kafka:9093/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL "
                    + "mechanism: broker's supported mechanisms: SCRAM-SHA-256 (after 0ms in state AUTH_HANDSHAKE)"
            ),
            (
                RD_KAFKA_RESP_ERR__SSL, .tls,
                "ssl://kafka:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify "
                    + "failed: broker certificate could not be verified (after 8ms in state SSL_HANDSHAKE)"
            ),
            (
                RD_KAFKA_RESP_ERR__SSL, .tls,
                "ssl://kafka:9093/bootstrap: SSL handshake failed: error:0A00010B:SSL routines::wrong version number "
                    + "(after 0ms in state SSL_HANDSHAKE)"
            ),
        ] as [(rd_kafka_resp_err_t, KafkaError.Code, String)]
    )
    func refusedLogin(code: rd_kafka_resp_err_t, expected: KafkaError.Code, text: String) {
        let error = KafkaError(code, text)
        #expect(error.code == expected && !error.isRetriable)
    }

    @Test("Errors are equal by code")
    func equality() {
        #expect(KafkaError(.queueFull, "a") == KafkaError(RD_KAFKA_RESP_ERR__QUEUE_FULL))
        #expect(KafkaError(.queueFull, "a") != KafkaError(.timedOut, "a"))
    }
}
