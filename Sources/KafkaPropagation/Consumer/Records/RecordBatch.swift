internal import CRDKafka
internal import ContextPropagation

/// The records that the poll thread read in one call, with the contexts from their headers.
///
/// It owns librdkafka's messages and keeps their client alive. While a message is not destroyed, destroying the client
/// would block for ever.
// @unchecked: nothing changes after the initialiser, and librdkafka's messages and headers are only read.
final class RecordBatch: RecordStorage, @unchecked Sendable {
    struct Slot {
        let message: UnsafeMutablePointer<rd_kafka_message_t>
        let headers: OpaquePointer?
        let context: LogContext
        /// The index of the record's partition in `partitions`.
        let partition: Int
    }

    let slots: UnsafeMutableBufferPointer<Slot>
    /// The partitions of the records, in the generation in which they were read.
    let partitions: [AssignedPartition]
    /// The bytes of the keys and values.
    let bytes: Int
    let client: ClientHandle
    private let spent: SpentRecords

    /// Takes the ownership of the messages.
    ///
    /// - Parameters:
    ///   - messages: Messages without an error. The batch owns them from now on.
    ///   - client: The client that read them.
    ///   - codecs: The codecs that read their headers.
    ///   - counters: Count the results of reading the headers.
    ///   - spent: Receives the messages when nobody needs the batch any more.
    ///   - partition: Returns the current generation of a partition. Messages of a partition that is not assigned are
    ///     dropped.
    init(
        _ messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>,
        of client: ClientHandle,
        _ codecs: HeaderCodecs,
        _ counters: ConsumerCounters,
        _ spent: SpentRecords,
        partition: (KafkaTopicPartition) -> AssignedPartition?
    ) {
        self.client = client
        self.spent = spent
        let slots = UnsafeMutableBufferPointer<Slot>.allocate(capacity: messages.count)
        var seen: [(topic: OpaquePointer?, number: Int32, partition: AssignedPartition?)] = []
        var last = 0
        var count = 0
        var bytes = 0
        for message in messages {
            guard let message else { continue }
            let topic = message.pointee.rkt
            let number = message.pointee.partition
            if seen.isEmpty || seen[last].topic != topic || seen[last].number != number {
                last = seen.firstIndex { $0.topic == topic && $0.number == number } ?? seen.count
                if last == seen.count {
                    let name = topic.map { String(cString: rd_kafka_topic_name($0)) } ?? ""
                    let place = KafkaTopicPartition(topic: name, partition: KafkaPartition(rawValue: Int(number)))
                    seen.append((topic, number, partition(place)))
                }
            }
            guard seen[last].partition != nil else {
                rd_kafka_message_destroy(message)
                continue
            }
            // The first call for a message's headers parses them and changes the message. It must happen here, before
            // several threads share the message.
            var headers: OpaquePointer?
            if rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR { headers = nil }
            let found = headers.map { codecs.extract(from: NativeHeaders(pointer: $0)) } ?? HeaderExtraction()
            counters.headers.count(found)
            slots.initializeElement(
                at: count,
                to: Slot(message: message, headers: headers, context: found.receivingContext(), partition: last)
            )
            bytes += message.pointee.len + message.pointee.key_len
            count += 1
        }
        self.slots = UnsafeMutableBufferPointer(rebasing: slots[..<count])
        // No slot refers to a partition that is not assigned. The placeholder only keeps the indices of the others
        // valid.
        partitions = seen.map { place in
            place.partition
                ?? AssignedPartition(topicPartition: .init(topic: "", partition: .unassigned), index: -1, generation: 0)
        }
        self.bytes = bytes
    }

    deinit {
        spent.take(slots)
    }

    func byteCount(at index: Int) -> Int { slots[index].message.pointee.len + slots[index].message.pointee.key_len }

    /// The partition of a record, in the generation in which it was read.
    func partition(at index: Int) -> AssignedPartition { partitions[slots[index].partition] }

    func offset(at index: Int) -> Int { Int(slots[index].message.pointee.offset) }

    /// Calls `body` with each run of neighbouring records of one partition.
    func forEachSegment(_ body: (Segment<RecordBatch>) -> Void) {
        var start = 0
        while start < slots.count {
            var end = start + 1
            while end < slots.count, slots[end].partition == slots[start].partition { end += 1 }
            body(Segment(storage: self, partition: partition(at: start).index, range: start..<end))
            start = end
        }
    }
}
