import Testing

@testable import CRDKafka
@testable import KafkaPropagation

@Suite("Errors", .timeLimit(.minutes(1)))
struct ErrorTests {
    @Test("An error says what, where, librdkafka's name and number, and what to do")
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

    @Test("What can succeed later is retriable, what cannot is not")
    func retriable() {
        #expect(KafkaError(RD_KAFKA_RESP_ERR__QUEUE_FULL).isRetriable)
        #expect(KafkaError(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS).isRetriable)
        #expect(!KafkaError(RD_KAFKA_RESP_ERR__AUTHENTICATION).isRetriable)
        #expect(!KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, isFatal: true).isRetriable)
        #expect(KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, isFatal: true).code == .fatal)
    }

    @Test("A time-out is explained by the last error of the connection")
    func cause() {
        let refused = KafkaError(RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed")
        let error = KafkaError(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, cause: refused)
        #expect(error.code == .timedOut)
        #expect(error.message.contains("certificate verify failed"))
        #expect(error.hint?.contains("KAFKA_SSL_CA_LOCATION") == true)
    }

    @Test("SCRAM refused to an old librdkafka is explained, to a new one it is the password")
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
