/// The attributes of a message's span. All names are here.
///
/// Specification: [OpenTelemetry, semantic conventions for messaging
/// spans](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/), and [for
/// Kafka](https://opentelemetry.io/docs/specs/semconv/messaging/kafka/), version 1.37.
struct MessagingAttributes {
    enum Operation: String {
        case send
        case process
    }

    var operation: Operation
    var topic: String
    var partition: KafkaPartition?
    var offset: KafkaOffset?
    var groupID: String?
    /// How many messages a batch has; nil for a message that is alone.
    var messageCount: Int?
    /// Whether the message is alone and has no value.
    var isTombstone = false
    var errorType: String?

    var spanName: String { "\(operation.rawValue) \(topic)" }

    /// The attributes whose values are texts.
    var texts: [(name: String, value: String)] {
        var list = [
            ("messaging.system", "kafka"),
            ("messaging.operation.name", operation.rawValue),
            ("messaging.operation.type", operation.rawValue),
            ("messaging.destination.name", topic),
        ]
        if let partition, partition != .unassigned {
            list.append(("messaging.destination.partition.id", "\(partition.rawValue)"))
        }
        if let groupID { list.append(("messaging.consumer.group.name", groupID)) }
        if let errorType { list.append(("error.type", errorType)) }
        return list
    }

    /// The attributes whose values are numbers.
    var numbers: [(name: String, value: Int)] {
        var list: [(String, Int)] = []
        if let offset { list.append(("messaging.kafka.offset", offset.rawValue)) }
        if let messageCount { list.append(("messaging.batch.message_count", messageCount)) }
        return list
    }

    /// The attributes whose values are Booleans.
    var flags: [(name: String, value: Bool)] {
        isTombstone ? [("messaging.kafka.message.tombstone", true)] : []
    }
}

extension MessagingAttributes {
    /// The attributes of records that are handled together.
    init?(processing records: [KafkaRecord], groupID: String?) {
        guard let first = records.first else { return nil }
        let isBatch = records.count > 1
        self.init(
            operation: .process,
            topic: first.topic,
            partition: isBatch ? nil : first.partition,
            offset: isBatch ? nil : first.offset,
            groupID: groupID,
            messageCount: isBatch ? records.count : nil,
            isTombstone: !isBatch && first.isTombstone
        )
    }
}
