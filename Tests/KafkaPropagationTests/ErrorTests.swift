import Testing

@testable import CMALoggerRDKafka
@testable import KafkaPropagation

@Suite("Errors", .timeLimit(.minutes(3)))
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

    @Test("A refused SCRAM login is explained by an old librdkafka, or by the password with a new one")
    func scram() {
        let text = "SASL authentication error: invalid credentials with SASL mechanism SCRAM-SHA-256"
        let old = KafkaError.hint(for: RD_KAFKA_RESP_ERR__AUTHENTICATION, text, version: 0x0200_02ff)
        let new = KafkaError.hint(for: RD_KAFKA_RESP_ERR__AUTHENTICATION, text, version: 0x0206_01ff)
        #expect(old?.contains("2.6.1") == true)
        #expect(new?.contains("password") == true)
        #expect(new?.contains("2.6.1") == false)
    }

    @Test("Errors are equal by code")
    func equality() {
        #expect(KafkaError(.queueFull, "a") == KafkaError(RD_KAFKA_RESP_ERR__QUEUE_FULL))
        #expect(KafkaError(.queueFull, "a") != KafkaError(.timedOut, "a"))
    }
}
