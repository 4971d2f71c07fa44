public import ContextPropagation

/// A message to be sent.
///
///     try await producer.send(KafkaMessage(topic: "frames", key: "north-gate", value: frame))
///
/// Keys and values are made from a `String` or any collection of bytes. A value of nil is a tombstone: in a compacted
/// topic it deletes what its key stood for. That is not the same as an empty value.
///
/// The producer puts a context into the headers: ``context`` where it is set, else that of the sending code. It
/// *replaces* what `headers` say about a trace, so that a record which is consumed, changed and sent on carries one
/// trace; all other headers stay as they are, in order.
public struct KafkaMessage: Sendable {
    /// The topic's name.
    public var topic: String

    /// The bytes by which the partition is chosen; nil for none.
    public var key: [UInt8]?

    /// The bytes that are sent; nil is a tombstone.
    public var value: [UInt8]?

    /// The application's headers, in order.
    public var headers: [KafkaHeader]

    /// The partition; nil lets the partitioner choose by the key.
    public var partition: KafkaPartition?

    /// When it was made; nil is the moment of sending.
    public var timestamp: KafkaTimestamp?

    /// The context to send; nil sends that of the code which calls the producer.
    public var context: LogContext?

    /// A message of a key of text, or none, and a value of text.
    @inlinable
    public init(
        topic: String,
        key: String? = nil,
        value: String?,
        headers: [KafkaHeader] = [],
        partition: KafkaPartition? = nil,
        timestamp: KafkaTimestamp? = nil,
        context: LogContext? = nil
    ) {
        self.init(
            topic: topic,
            keyBytes: key.map { Array($0.utf8) },
            valueBytes: value.map { Array($0.utf8) },
            headers: headers,
            partition: partition,
            timestamp: timestamp,
            context: context
        )
    }

    /// A message of a key of text, or none, and a value of bytes.
    @inlinable
    public init(
        topic: String,
        key: String? = nil,
        value: (some Collection<UInt8>)?,
        headers: [KafkaHeader] = [],
        partition: KafkaPartition? = nil,
        timestamp: KafkaTimestamp? = nil,
        context: LogContext? = nil
    ) {
        self.init(
            topic: topic,
            keyBytes: key.map { Array($0.utf8) },
            valueBytes: value.map { Array($0) },
            headers: headers,
            partition: partition,
            timestamp: timestamp,
            context: context
        )
    }

    /// A message of a key of bytes and a value of text.
    @inlinable
    public init(
        topic: String,
        key: (some Collection<UInt8>)?,
        value: String?,
        headers: [KafkaHeader] = [],
        partition: KafkaPartition? = nil,
        timestamp: KafkaTimestamp? = nil,
        context: LogContext? = nil
    ) {
        self.init(
            topic: topic,
            keyBytes: key.map { Array($0) },
            valueBytes: value.map { Array($0.utf8) },
            headers: headers,
            partition: partition,
            timestamp: timestamp,
            context: context
        )
    }

    /// A message of a key of bytes and a value of bytes.
    @inlinable
    public init(
        topic: String,
        key: (some Collection<UInt8>)?,
        value: (some Collection<UInt8>)?,
        headers: [KafkaHeader] = [],
        partition: KafkaPartition? = nil,
        timestamp: KafkaTimestamp? = nil,
        context: LogContext? = nil
    ) {
        self.init(
            topic: topic,
            keyBytes: key.map { Array($0) },
            valueBytes: value.map { Array($0) },
            headers: headers,
            partition: partition,
            timestamp: timestamp,
            context: context
        )
    }

    @usableFromInline
    init(
        topic: String,
        keyBytes: [UInt8]?,
        valueBytes: [UInt8]?,
        headers: [KafkaHeader],
        partition: KafkaPartition?,
        timestamp: KafkaTimestamp?,
        context: LogContext?
    ) {
        self.topic = topic
        self.key = keyBytes
        self.value = valueBytes
        self.headers = headers
        self.partition = partition
        self.timestamp = timestamp
        self.context = context
    }
}
