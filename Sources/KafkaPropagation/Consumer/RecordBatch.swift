internal import CRDKafka
internal import ContextPropagation

/// Records that came from the poll thread in one go, with what was read from their headers.
///
/// It owns librdkafka's messages and keeps their client: an undestroyed message would block the client's end for ever.
// @unchecked: nothing changes once the poll thread has handed it over; librdkafka's messages and headers are only read.
final class RecordBatch: @unchecked Sendable {
    struct Slot {
        let message: UnsafeMutablePointer<rd_kafka_message_t>
        let headers: OpaquePointer?
        let context: LogContext
        let topic: Int
    }

    let slots: UnsafeMutableBufferPointer<Slot>
    let topics: [String]
    /// Of the keys and values, for the bounds of the hand-over.
    let bytes: Int
    private let client: ClientHandle

    /// - Parameters:
    ///   - messages: Messages without an error; owned by the batch from now on.
    ///   - client: The client that they came from.
    ///   - codecs: What reads their headers.
    ///   - counters: Where it is counted what the headers gave.
    init(
        _ messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>,
        of client: ClientHandle,
        _ codecs: HeaderCodecs,
        _ counters: ConsumerCounters
    ) {
        self.client = client
        let slots = UnsafeMutableBufferPointer<Slot>.allocate(capacity: messages.count)
        var topics: [(native: OpaquePointer?, name: String)] = []
        var count = 0
        var bytes = 0
        for message in messages {
            guard let message else { continue }
            let native = message.pointee.rkt
            var topic = topics.count - 1
            while topic >= 0, topics[topic].native != native { topic -= 1 }
            if topic < 0 {
                topics.append((native, native.map { String(cString: rd_kafka_topic_name($0)) } ?? ""))
                topic = topics.count - 1
            }
            // The first look at a message's headers parses them and changes the message: here, before threads share it.
            var headers: OpaquePointer?
            if rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR { headers = nil }
            let found = headers.map { codecs.extract(from: NativeHeaders(pointer: $0)) } ?? HeaderExtraction()
            counters.headers.count(found)
            slots.initializeElement(
                at: count,
                to: Slot(message: message, headers: headers, context: found.receivingContext(), topic: topic)
            )
            bytes += message.pointee.len + message.pointee.key_len
            count += 1
        }
        self.slots = UnsafeMutableBufferPointer(rebasing: slots[..<count])
        self.topics = topics.map(\.name)
        self.bytes = bytes
    }

    deinit {
        for slot in slots { rd_kafka_message_destroy(slot.message) }
        slots.deinitialize()
        slots.deallocate()
    }

    func topicPartition(_ index: Int) -> KafkaTopicPartition {
        let slot = slots[index]
        return KafkaTopicPartition(
            topic: topics[slot.topic],
            partition: KafkaPartition(rawValue: Int(slot.message.pointee.partition))
        )
    }
}
