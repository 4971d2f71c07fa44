extension KafkaProducerConfiguration {
    static let transactionalIDName = "transactional.id"
    static let transactionTimeoutName = "transaction.timeout.ms"

    /// librdkafka's properties in the order in which they are set: later ones win. Throws for those that do not fit
    /// together.
    var checkedProperties: [NativeConfiguration.Property] {
        get throws(KafkaError) {
            let list = nativeProperties
            try Self.checkTransactions(list)
            return list
        }
    }

    /// Makes librdkafka's configuration of ``checkedProperties``. Throws for values that do not fit together, and for
    /// those with which a producer does not work.
    static func native(_ properties: [NativeConfiguration.Property]) throws(KafkaError) -> NativeConfiguration {
        let native = try NativeConfiguration(properties)
        try native.refuse("delivery.report.only.error", "send would wait forever for the report of a delivered message")
        if transactionalID(of: properties) != nil { try checkTimeouts(native, properties) }
        return native
    }

    /// The transactional ID that librdkafka uses: a property by name overrides the typed one.
    static func transactionalID(of properties: [NativeConfiguration.Property]) -> String? {
        value(transactionalIDName, of: properties)
    }

    private static func value(_ name: String, of properties: [NativeConfiguration.Property]) -> String? {
        properties.last { $0.name == name }?.value
    }

    private static func checkTransactions(_ properties: [NativeConfiguration.Property]) throws(KafkaError) {
        guard let id = transactionalID(of: properties) else {
            if value(transactionTimeoutName, of: properties) == nil { return }
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
        for name in ["enable.idempotence"] where value(name, of: properties)?.lowercased() == "false" {
            throw KafkaError(
                .configuration,
                "transactions need idempotence, and it is turned off",
                subject: name,
                hint: "Leave isIdempotenceEnabled out, or remove transactionalID"
            )
        }
        for name in ["acks", "request.required.acks"] {
            guard let value = value(name, of: properties), value != "all", value != "-1" else { continue }
            throw KafkaError(
                .configuration,
                "transactions need the acknowledgement of every in-sync replica, and it is \(value)",
                subject: name,
                hint: "Leave acknowledgements out or set them to .all, or remove transactionalID"
            )
        }
    }

    private static func checkTimeouts(
        _ native: borrowing NativeConfiguration,
        _ properties: [NativeConfiguration.Property]
    ) throws(KafkaError) {
        // Two names of one setting. If it is not set, librdkafka uses the time of the transaction.
        let names = ["message.timeout.ms", "delivery.timeout.ms"]
        guard let name = properties.last(where: { names.contains($0.name) })?.name,
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
