internal import CMALoggerRDKafka

extension KafkaError {
    /// The version of the installed librdkafka, such as `2.0.2`.
    public static var librdkafkaVersion: String {
        String(cString: rd_kafka_version_str())
    }

    private static let otherMechanism =
        "The broker supports other mechanisms: set KAFKA_SASL_MECHANISM to one of them"

    /// Returns the action that solves an error whose cause is known.
    static func hint(
        for error: rd_kafka_resp_err_t,
        _ message: String,
        version: Int32 = rd_kafka_version()
    ) -> String? {
        switch error {
        case RD_KAFKA_RESP_ERR__SSL where isInterruptedLogin(error, message),
            RD_KAFKA_RESP_ERR__TRANSPORT where message.contains("SSL_HANDSHAKE"):
            return "The connection ended during the TLS handshake: check that a broker runs behind the address, "
                + "KAFKA_SECURITY_PROTOCOL and the port"
        case RD_KAFKA_RESP_ERR__AUTHENTICATION where isInterruptedLogin(error, message):
            return nil
        case RD_KAFKA_RESP_ERR__AUTHENTICATION where message.contains("SASL Handshake not supported"),
            RD_KAFKA_RESP_ERR__AUTHENTICATION where message.contains("not valid in current SASL state"):
            return "The listener has no login (SASL): check KAFKA_SECURITY_PROTOCOL and the port"
        case RD_KAFKA_RESP_ERR__AUTHENTICATION where message.contains("Unsupported SASL mechanism"):
            return otherMechanism
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            if message.contains("SCRAM") && version < 0x0206_01ff {
                return
                    "librdkafka \(librdkafkaVersion) has a SCRAM defect, so Kafka 4 refuses even a correct password: "
                    + "install 2.6.1 or newer, or use the mechanism PLAIN over TLS"
            }
            return "Check the user name, the password and the mechanism (KAFKA_SASL_*)"
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
            return otherMechanism
        case RD_KAFKA_RESP_ERR__SSL where message.contains("certificate verify failed"):
            return "No known authority has signed the broker's certificate: "
                + "set KAFKA_SSL_CA_LOCATION (ssl.ca.location) to a file with the certificate of its authority"
        case RD_KAFKA_RESP_ERR__SSL where message.contains("security.protocol"):
            return "The listener does not use TLS: check KAFKA_SECURITY_PROTOCOL and the port"
        case RD_KAFKA_RESP_ERR__TRANSPORT where message.contains("security.protocol"):
            return "The listener expects another protocol: check KAFKA_SECURITY_PROTOCOL and the port"
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
            return "Check that the topic exists and that its broker can be reached, or raise deliveryTimeout"
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            return "Create the topic, or correct its name. A broker creates a topic by itself only for a producer, and "
                + "only with auto.create.topics.enable"
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            return "The topic has fewer partitions: leave the partition out, or add partitions to the topic"
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return
                "Headers count too. Raise message.max.bytes of the client and the broker, or max.message.bytes of the topic"
        case RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE:
            return "Raise offset.metadata.max.bytes of the broker: its default is \(CommitMetadata.maximumBytes)"
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return "Wait for reports, use `send`, or raise queue.buffering.max.messages and queue.buffering.max.kbytes"
        case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            return "A record took longer than max.poll.interval.ms: handle records in parallel, or raise it"
        case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
            return "A newer producer has the same transactional ID, or the transaction took longer than "
                + "transactionTimeout. Shut this producer down, and give each process a transactional ID of its own"
        case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
            return "The broker's transaction.max.timeout.ms is lower: lower transactionTimeout"
        case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
            return "Set sessionTimeout between group.min.session.timeout.ms and group.max.session.timeout.ms of the "
                + "broker: their defaults are 6 s and 30 minutes"
        default:
            return nil
        }
    }
}
