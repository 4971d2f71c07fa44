internal import CMALoggerRDKafka

extension KafkaError {
    /// Makes an error from an error of librdkafka.
    ///
    /// - Parameters:
    ///   - error: The code of the error.
    ///   - text: librdkafka's text for this error. Nil uses the general text of the code.
    ///   - subject: The topic, partition, property or variable that has the problem.
    ///   - cause: The last error of the connection, if it may explain this one; see ``caused(by:)``.
    ///   - isFatal: Whether librdkafka reported the error as fatal.
    init(
        _ error: rd_kafka_resp_err_t,
        _ text: String? = nil,
        subject: String? = nil,
        cause: KafkaError? = nil,
        isFatal: Bool = false
    ) {
        let message = text ?? String(cString: rd_kafka_err2str(error))
        let cause = cause.flatMap { $0.message == message ? nil : $0 }
        let isFatal = isFatal || error == RD_KAFKA_RESP_ERR__FATAL
        let isInterrupted = Self.isInterruptedLogin(error, text ?? "")
        let code = isInterrupted ? .connection : Code(error)
        self = KafkaError(
            Fields(
                code: isFatal && code != .fenced ? .fatal : code,
                message: message,
                subject: subject,
                hint: cause?.hint ?? Self.hint(for: error, message),
                number: error.rawValue,
                name: String(cString: rd_kafka_err2name(error)),
                isRetriable: !isFatal && (isInterrupted || Self.isRetriable(error)),
                isFatal: isFatal
            )
        ).caused(by: cause)
    }

    /// Makes an error from an error object of librdkafka, and frees the object.
    init(consuming error: OpaquePointer, subject: String? = nil) {
        defer { rd_kafka_error_destroy(error) }
        self.init(
            rd_kafka_error_code(error),
            String(cString: rd_kafka_error_string(error)),
            subject: subject,
            isFatal: rd_kafka_error_is_fatal(error) != 0
        )
    }

    /// Throws if librdkafka returned an error.
    static func check(_ error: rd_kafka_resp_err_t, subject: String? = nil) throws(KafkaError) {
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(error, subject: subject) }
    }

    /// Whether a broker answered that it does not, or not yet, lead the partition or coordinate the group.
    var isFromFormerBroker: Bool {
        guard let librdkafkaCode else { return false }
        switch rd_kafka_resp_err_t(rawValue: librdkafkaCode) {
        case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
            return true
        default:
            return false
        }
    }

    /// Whether a broker refused a commit because its metadata is longer than the broker's `offset.metadata.max.bytes`.
    var isAboutMetadataLength: Bool { librdkafkaCode == RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE.rawValue }

    /// Whether librdkafka asked a broker that does not lead the partition, or knows no leader of it.
    var isAboutLeader: Bool {
        guard let librdkafkaCode else { return false }
        switch rd_kafka_resp_err_t(rawValue: librdkafkaCode) {
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
            return true
        default:
            return false
        }
    }

    /// Whether a connection ended before the broker accepted or refused it, or could not begin to log in, although
    /// librdkafka's code says that the credentials or the certificates are wrong. librdkafka tries again by itself.
    ///
    /// - Parameters:
    ///   - error: The code of the error.
    ///   - text: librdkafka's text for this error.
    static func isInterruptedLogin(_ error: rd_kafka_resp_err_t, _ text: String) -> Bool {
        switch error {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
            // A broker that refuses the mechanism names the mechanisms that it supports.
            text.contains("supported mechanisms: (n/a)")
                || text.contains("Failed to acquire SASL OAUTHBEARER token")
                || text.contains("is no token available")
        case RD_KAFKA_RESP_ERR__SSL:
            // OpenSSL 3 calls a connection that ends without a farewell an error of the protocol.
            text.contains("unexpected eof while reading") || text.contains("SSL transport error: ")
        default:
            false
        }
    }

    private static func isRetriable(_ error: rd_kafka_resp_err_t) -> Bool {
        switch error {
        case RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__WAIT_COORD,
            RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, RD_KAFKA_RESP_ERR__WAIT_CACHE,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
            true
        default:
            false
        }
    }
}

extension KafkaError.Code {
    init(_ error: rd_kafka_resp_err_t) {
        switch error {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
            RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
            self = .authentication
        case RD_KAFKA_RESP_ERR__SSL:
            self = .tls
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            self = .authorization
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
            self = .connection
        case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
            self = .timedOut
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            self = .queueFull
        case RD_KAFKA_RESP_ERR__DESTROY:
            self = .shutdown
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            self = .unknownTopicOrPartition
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
            self = .topicAlreadyExists
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            self = .messageTooLarge
        case RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
            RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RD_KAFKA_RESP_ERR_INVALID_CONFIG,
            RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
            self = .invalidArgument
        case RD_KAFKA_RESP_ERR__STATE, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
            self = .notAssigned
        case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
            RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
            self = .rebalance
        case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
            self = .maximumPollIntervalExceeded
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
            self = .offsetOutOfRange
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            self = .purged
        case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
            self = .fenced
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED,
            RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
            self = .unsupported
        case RD_KAFKA_RESP_ERR__FATAL:
            self = .fatal
        case _ where error.rawValue > 0:
            self = .broker
        default:
            self = .client
        }
    }
}
