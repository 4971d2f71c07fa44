extension KafkaProducerConfiguration {
    static let transactionalIDName = "transactional.id"
    static let transactionTimeoutName = "transaction.timeout.ms"

    /// The transactional ID that librdkafka uses: a property by name overrides the typed one.
    static func transactionalID(of properties: [NativeConfiguration.Property]) -> String? {
        NativeConfiguration.last(transactionalIDName, in: properties)?.value
    }

    /// Throws for properties that do not fit together.
    static func checkTransactions(_ properties: [NativeConfiguration.Property]) throws(KafkaError) {
        guard let id = transactionalID(of: properties) else {
            if NativeConfiguration.last(transactionTimeoutName, in: properties) == nil { return }
            throw KafkaError(
                .configuration,
                "a producer without a transactional ID has no transactions",
                subject: transactionTimeoutName,
                hint: "Set transactionalID, or leave transactionTimeout out"
            )
        }
        if id.isEmpty {
            throw KafkaError(
                .configuration,
                "the transactional ID is empty",
                subject: transactionalIDName,
                hint: "Use a name that stays the same when the process is started again, such as orders-3, "
                    + "or nil for a producer without transactions"
            )
        }
        let idempotence = "enable.idempotence"
        if NativeConfiguration.last(idempotence, in: properties)?.value.lowercased() == "false" {
            throw KafkaError(
                .configuration,
                "transactions need idempotence, and it is turned off",
                subject: idempotence,
                hint: "Leave isIdempotenceEnabled out, or remove transactionalID"
            )
        }
        for name in ["acks", "request.required.acks"] {
            guard let value = NativeConfiguration.last(name, in: properties)?.value, value != "all", value != "-1"
            else { continue }
            throw KafkaError(
                .configuration,
                "transactions need the acknowledgement of every in-sync replica, and it is \(value)",
                subject: name,
                hint: "Leave acknowledgements out or set them to .all, or remove transactionalID"
            )
        }
    }

    /// Throws if a message may outlive its transaction.
    static func checkTimeouts(
        _ native: borrowing NativeConfiguration,
        _ properties: [NativeConfiguration.Property]
    ) throws(KafkaError) {
        // Two names of one setting. If it is not set, librdkafka uses the time of the transaction.
        guard let name = NativeConfiguration.last("message.timeout.ms", "delivery.timeout.ms", in: properties)?.name,
            let delivery = native.number(named: name),
            let transaction = native.number(named: transactionTimeoutName),
            // 0 means no limit.
            delivery == 0 || delivery > transaction
        else { return }
        throw KafkaError(
            .configuration,
            "a message of a transaction may take \(delivery == 0 ? "any time" : "\(delivery) ms"), "
                + "and the transaction only \(transaction) ms",
            subject: name,
            hint: "Lower deliveryTimeout or raise transactionTimeout"
        )
    }
}
