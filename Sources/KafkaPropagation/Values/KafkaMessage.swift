public import ContextPropagation

/// A message for a topic: a key, a value and headers.
///
///     try await producer.send(KafkaMessage(topic: "frames", key: "north-gate", value: frame))
///
/// Keys and values are `String`s or collections of bytes. A value of nil is a tombstone: in a compacted topic it
/// deletes the value of its key. A tombstone differs from an empty value.
///
/// The producer writes a context into the headers: ``context`` if it is set, or else the context of the code that calls
/// the producer. It *replaces* the trace that `headers` contain, so a record that is consumed, changed and sent again
/// carries one trace. All other headers stay unchanged and in order.
public struct KafkaMessage: Sendable {
    /// The name of the topic.
    public var topic: String

    /// The key. The partitioner chooses the partition by it. Nil is a message without a key.
    public var key: [UInt8]?

    /// The value. Nil is a tombstone.
    public var value: [UInt8]?

    /// The application's headers, in order.
    public var headers: [KafkaHeader]

    /// The partition. If it is nil, the partitioner chooses one.
    public var partition: KafkaPartition?

    /// The time at which the message was made. If it is nil, or the very start of 1970, which librdkafka takes for no
    /// time, the message gets the time of the send. A producer refuses a time before 1970.
    public var timestamp: KafkaTimestamp?

    /// The context to send. If it is nil, the producer sends the context of the code that calls it.
    public var context: LogContext?
}

// These are not in the struct's own body, so that it has the implicit initializer of all properties. An initializer
// that sets one property after another copies the message, and destroys the first copy.
extension KafkaMessage {
    /// Makes a message from a text key or no key, and a text value.
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

    /// Makes a message from a text key or no key, and a value of bytes.
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

    /// Makes a message from a key of bytes and a text value.
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

    /// Makes a message from a key of bytes and a value of bytes.
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
        self.init(
            topic: topic,
            key: keyBytes,
            value: valueBytes,
            headers: headers,
            partition: partition,
            timestamp: timestamp,
            context: context
        )
    }
}
