extension KafkaProducerConfiguration {
    /// librdkafka's properties in the order in which they are set: later ones win. Throws for those that do not fit
    /// together.
    var checkedProperties: [NativeConfiguration.Property] {
        get throws(KafkaError) {
            let list = nativeProperties
            try Self.checkTransactions(list)
            return list
        }
    }

    /// Lets the brokers and the topics alone decide how large a message may be, unless the application has set a limit.
    mutating func leaveSizesToBrokers() {
        let name = "message.max.bytes"
        if connection.properties[name] ?? properties[name] == nil { properties[name] = "1000000000" }
    }

    /// Makes librdkafka's configuration of ``checkedProperties``. Throws for values that do not fit together, and for
    /// those with which a producer does not work.
    static func native(_ properties: [NativeConfiguration.Property]) throws(KafkaError) -> NativeConfiguration {
        let native = try NativeConfiguration(properties)
        try native.refuse("delivery.report.only.error", "send would wait forever for the report of a delivered message")
        if transactionalID(of: properties) != nil { try checkTimeouts(native, properties) }
        return native
    }

    var nativeProperties: [NativeConfiguration.Property] {
        var list = connection.typedProperties
        if let acknowledgements { list.append(("acks", acknowledgements.native)) }
        if let isIdempotenceEnabled { list.append(("enable.idempotence", String(isIdempotenceEnabled))) }
        if let linger { list.append(("linger.ms", linger.milliseconds)) }
        if let compression { list.append(("compression.type", compression.description)) }
        if let deliveryTimeout {
            list.append(("message.timeout.ms", String(max(1, deliveryTimeout.wholeMilliseconds))))
        }
        if let transactionalID { list.append((Self.transactionalIDName, transactionalID)) }
        if let transactionTimeout { list.append((Self.transactionTimeoutName, transactionTimeout.milliseconds)) }
        if let maximumQueuedMessages { list.append(("queue.buffering.max.messages", String(maximumQueuedMessages))) }
        return list + connection.overrides(with: properties)
    }
}
