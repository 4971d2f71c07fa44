public import ContextPropagation

/// A record that does not come from a client.
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
    /// Makes a record, so that a handler can be tested without a broker.
    ///
    ///     let record = KafkaRecord(topic: "frames", key: "north-gate", value: "first")
    ///     try await detect(record)
    ///
    /// A consumer does not commit such a record.
    ///
    /// - Parameters:
    ///   - topic: The topic's name.
    ///   - partition: The partition's number.
    ///   - offset: The offset within the partition.
    ///   - key: The key's bytes; nil for none.
    ///   - value: The value's bytes; nil for a tombstone.
    ///   - headers: The headers, in order.
    ///   - timestamp: When it was made or appended; nil for no timestamp.
    ///   - timestampType: Who set the timestamp.
    ///   - context: The context in which it is handled. By default it is read from `headers`, as a consumer does it.
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

    /// Makes a record with texts as key and value; see the initialiser that takes bytes.
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

    /// Makes a record with a text as its key and bytes as its value.
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

    /// A copy that has its own memory and keeps no client: for a record that is kept for long.
    ///
    /// A consumer does not commit a copy.
    public func copy() -> KafkaRecord {
        KafkaRecord(
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
    }
}
