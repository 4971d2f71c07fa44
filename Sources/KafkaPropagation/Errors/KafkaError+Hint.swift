internal import CRDKafka

extension KafkaError {
    /// librdkafka's version as it is installed, as in `2.0.2`.
    public static var librdkafkaVersion: String {
        String(cString: rd_kafka_version_str())
    }

    /// What to do about an error whose cause is known.
    static func hint(
        for error: rd_kafka_resp_err_t,
        _ message: String,
        version: Int32 = rd_kafka_version()
    ) -> String? {
        switch error {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            if message.contains("SCRAM") && version < 0x0206_01ff {
                return
                    "librdkafka \(librdkafkaVersion) answers SCRAM in a way that Kafka 4 refuses whatever the password: "
                    + "use 2.6.1 or newer, or the mechanism PLAIN over TLS"
            }
            return "Check the user name, the password and the mechanism (KAFKA_SASL_*)"
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
            return "The broker has other mechanisms: set KAFKA_SASL_MECHANISM to one of them"
        case RD_KAFKA_RESP_ERR__SSL where message.contains("certificate verify failed"):
            return "The broker's certificate is not signed by an authority that is known here: "
                + "set KAFKA_SSL_CA_LOCATION (ssl.ca.location) to a file that holds its certificate"
        case RD_KAFKA_RESP_ERR__SSL where message.contains("security.protocol"):
            return "The listener is not a TLS one: check KAFKA_SECURITY_PROTOCOL and the port"
        case RD_KAFKA_RESP_ERR__TRANSPORT where message.contains("security.protocol"):
            return "The listener expects another protocol: check KAFKA_SECURITY_PROTOCOL and the port"
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return
                "Headers count too; the limits are message.max.bytes here and at the broker, max.message.bytes at the topic"
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return "Wait for reports, use `send`, or raise queue.buffering.max.messages and queue.buffering.max.kbytes"
        case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            return "A record took longer than max.poll.interval.ms: handle records side by side, or raise it"
        default:
            return nil
        }
    }
}
