internal import CMALoggerRDKafka

/// The transactional calls of librdkafka. Each blocks its thread for at most its timeout.
extension ClientHandle {
    func initializeTransactions(milliseconds: Int32) -> TransactionState.Answer {
        TransactionState.Answer(consuming: rd_kafka_init_transactions(pointer, milliseconds))
    }

    func beginTransaction() -> TransactionState.Answer {
        TransactionState.Answer(consuming: rd_kafka_begin_transaction(pointer))
    }

    /// Serves delivery reports: no other thread may serve them at the same time.
    func commitTransaction(milliseconds: Int32) -> TransactionState.Answer {
        TransactionState.Answer(consuming: rd_kafka_commit_transaction(pointer, milliseconds))
    }

    /// Serves delivery reports: no other thread may serve them at the same time.
    func abortTransaction(milliseconds: Int32) -> TransactionState.Answer {
        TransactionState.Answer(consuming: rd_kafka_abort_transaction(pointer, milliseconds))
    }

    func sendOffsets(
        _ offsets: borrowing PartitionList,
        _ group: borrowing ConsumerGroupMetadata,
        milliseconds: Int32
    ) -> TransactionState.Answer {
        // librdkafka copies both.
        TransactionState.Answer(
            consuming: rd_kafka_send_offsets_to_transaction(pointer, offsets.pointer, group.pointer, milliseconds)
        )
    }
}

extension TransactionState.Answer {
    /// Takes over an error object of librdkafka, and frees it. Nil means success.
    init(consuming error: OpaquePointer?) {
        guard let error else {
            self = .success
            return
        }
        let requiresAbort = rd_kafka_error_txn_requires_abort(error) != 0
        let isRetriable = rd_kafka_error_is_retriable(error) != 0
        let translated = KafkaError(consuming: error)
        // librdkafka's manual: treat an error without any of these marks as fatal.
        self =
            if translated.isFatal {
                .fatal(translated)
            } else if requiresAbort {
                .abort(translated)
            } else if isRetriable {
                .retry(translated)
            } else {
                .fatal(translated.fatal)
            }
    }

    /// The error; nil for success.
    var error: KafkaError? {
        switch self {
        case .success: nil
        case .retry(let error), .abort(let error), .fatal(let error): error
        }
    }
}
