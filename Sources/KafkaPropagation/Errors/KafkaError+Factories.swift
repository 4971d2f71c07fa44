extension KafkaError {
    /// The error of a call that throws only ``KafkaError`` and whose task was cancelled.
    static var cancelled: KafkaError {
        KafkaError(.cancelled, "the task was cancelled")
    }

    /// The error of a call for which the system could not start a thread.
    static var noThread: KafkaError {
        KafkaError(.client, "could not start a thread; try again later", isRetriable: true)
    }

    static var consumerShutDown: KafkaError {
        KafkaError(.shutdown, "the consumer was shut down")
    }

    static var noGroup: KafkaError {
        KafkaError(
            .configuration,
            "a consumer without a group cannot commit offsets or read committed ones, and cannot subscribe",
            subject: "consumptionStrategy",
            hint: "Use .group(id:topics:), or .partitions(_:groupID:) with a group"
        )
    }

    static func notAssigned(_ partition: KafkaTopicPartition) -> KafkaError {
        KafkaError(
            .notAssigned,
            "the partition is not assigned to this consumer, or was assigned again since the record was read",
            subject: "\(partition)",
            hint: "Drop the record; the consumer that now has the partition reads it again"
        )
    }

    /// The error of a call that stores or commits an offset such as ``KafkaOffset/beginning``.
    static func notANumber(_ place: KafkaTopicPartitionOffset) -> KafkaError {
        KafkaError(
            .invalidArgument,
            "only a number can be stored or committed",
            subject: "\(place)",
            hint: "Pass the number of the next record to read; watermarks(of:) resolves .beginning and .end"
        )
    }

    static var producerShutDown: KafkaError {
        KafkaError(.shutdown, "the producer was shut down")
    }

    static var queueFull: KafkaError {
        KafkaError(
            .queueFull,
            "the producer's queue is full",
            hint: "Wait for room with waitForRoom(), use send(_:), or raise maximumQueuedMessages",
            isRetriable: true
        )
    }

    static var outsideTransaction: KafkaError {
        KafkaError(
            .transactionState,
            "a producer with a transactional ID sends only in transactions",
            hint: "Send with the transaction of withTransaction, or make another producer without transactionalID"
        )
    }

    static var noTransactionalID: KafkaError {
        KafkaError(
            .transactionState,
            "the producer has no transactional ID",
            hint: "Set transactionalID in the producer's configuration"
        )
    }

    static var transactionBusy: KafkaError {
        KafkaError(
            .transactionState,
            "the producer is busy with another transaction",
            hint: "Try again later",
            isRetriable: true
        )
    }

    static var transactionEnded: KafkaError {
        KafkaError(
            .transactionState,
            "the transaction has ended",
            hint:
                "Use a transaction only in the body of its withTransaction, and wait there for each task that uses it"
        )
    }
}
