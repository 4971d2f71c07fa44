public import ContextPropagation

/// The contents of a record that does not come from a client.
final class MadeRecord: Sendable {
    let topicPartition: KafkaTopicPartition
    let offset: KafkaOffset
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [KafkaHeader]
    let timestamp: KafkaTimestamp?
    let timestampType: KafkaTimestamp.Kind
    let context: LogContext

    init(
        topicPartition: KafkaTopicPartition,
        offset: KafkaOffset,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [KafkaHeader],
        timestamp: KafkaTimestamp?,
        timestampType: KafkaTimestamp.Kind,
        context: LogContext
    ) {
        self.topicPartition = topicPartition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
        self.timestampType = timestampType
        self.context = context
    }
}

extension KafkaRecord {
    /// Makes a record from its parts.
    ///
    /// When to use it: to test a handler without a broker.
    ///
    ///     let record = KafkaRecord(topic: "frames", key: "north-gate", value: "first")
    ///     try await detect(record)
    ///
    /// A consumer cannot commit such a record.
    ///
    /// - Parameters:
    ///   - topic: The name of the topic.
    ///   - partition: The number of the partition.
    ///   - offset: The offset within the partition.
    ///   - key: The bytes of the key; nil for no key.
    ///   - value: The bytes of the value; nil for a tombstone.
    ///   - headers: The headers, in order.
    ///   - timestamp: The time at which the record was made or appended; nil for no timestamp.
    ///   - timestampType: The side that set the timestamp.
    ///   - context: The context in which the record is handled. By default it is read from `headers`, as a consumer
    ///     does.
    public init(
        topic: String,
        partition: KafkaPartition = 0,
        offset: KafkaOffset = 0,
        key: [UInt8]? = nil,
        value: [UInt8]?,
        headers: [KafkaHeader] = [],
        timestamp: KafkaTimestamp? = .now,
        timestampType: KafkaTimestamp.Kind = .createTime,
        context: LogContext? = nil
    ) {
        storage = .made(
            MadeRecord(
                topicPartition: KafkaTopicPartition(topic: topic, partition: partition),
                offset: offset,
                key: key,
                value: value,
                headers: headers,
                timestamp: timestamp,
                timestampType: timestampType,
                context: context ?? HeaderCodecs.environment.extract(from: headers).receivingContext()
            )
        )
    }

    /// Makes a record with a text key or no key, and a text value; see the initialiser that takes bytes.
    public init(
        topic: String,
        partition: KafkaPartition = 0,
        offset: KafkaOffset = 0,
        key: String? = nil,
        value: String,
        headers: [KafkaHeader] = [],
        timestamp: KafkaTimestamp? = .now,
        timestampType: KafkaTimestamp.Kind = .createTime,
        context: LogContext? = nil
    ) {
        self.init(
            topic: topic,
            partition: partition,
            offset: offset,
            key: key.map { Array($0.utf8) },
            value: Array(value.utf8),
            headers: headers,
            timestamp: timestamp,
            timestampType: timestampType,
            context: context
        )
    }

    /// Makes a record with a text key and a value of bytes.
    public init(
        topic: String,
        partition: KafkaPartition = 0,
        offset: KafkaOffset = 0,
        key: String,
        value: [UInt8]?,
        headers: [KafkaHeader] = [],
        timestamp: KafkaTimestamp? = .now,
        timestampType: KafkaTimestamp.Kind = .createTime,
        context: LogContext? = nil
    ) {
        self.init(
            topic: topic,
            partition: partition,
            offset: offset,
            key: Array(key.utf8),
            value: value,
            headers: headers,
            timestamp: timestamp,
            timestampType: timestampType,
            context: context
        )
    }

    /// Returns a copy with its own memory, which does not keep the client alive.
    ///
    /// When to use it: to store a record for a long time. A consumer cannot commit a copy.
    public func copy() -> KafkaRecord {
        var copy = KafkaRecord(
            topic: topic,
            partition: partition,
            offset: offset,
            key: key,
            value: value,
            headers: headers,
            timestamp: timestamp,
            timestampType: timestampType ?? .createTime,
            context: context
        )
        copy.attempt = attempt
        return copy
    }
}
