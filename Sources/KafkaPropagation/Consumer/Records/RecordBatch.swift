internal import CMALoggerRDKafka
internal import ContextPropagation
internal import Synchronization

/// The records that the poll thread read in one call.
///
/// The batch has a copy of their bytes, and librdkafka's messages are destroyed on the poll thread at once. Freed later
/// on another thread, they would cost more than half of a consumer's time, because both threads would contend for the
/// allocator's lock. Only messages with large values are kept. The batch keeps the client alive: while a message is not
/// destroyed, destroying the client would block for ever.
// @unchecked: nothing changes after the initializer except the contexts of the slots, which are atomic.
final class RecordBatch: RecordStorage, @unchecked Sendable {
    let slots: UnsafeMutableBufferPointer<RecordSlot>
    /// The partitions of the records, in the generation in which they were read.
    let partitions: [AssignedPartition]
    private let partitionIndices: [Int]
    /// The bytes of the keys and values.
    let bytes: Int
    let client: ClientHandle
    /// The memory of the slots and of the copied bytes.
    private let blocks: [RecordBlock]
    /// The messages whose bytes were not copied. The batch owns them.
    private let kept: [UnsafeMutablePointer<rd_kafka_message_t>]
    private let codecs: HeaderCodecs
    private let counters: ConsumerCounters
    private let spent: SpentMessages

    /// The largest number of bytes of a key and a value that are copied.
    private static let copyLimit = 16_384

    /// Takes the ownership of the messages.
    ///
    /// - Parameters:
    ///   - messages: Messages without an error. The batch owns them from now on.
    ///   - client: The client that read them.
    ///   - memory: Provides the memory for the copies.
    ///   - codecs: The codecs that read their headers.
    ///   - counters: Count the results of reading the headers.
    ///   - spent: Receives the kept messages when nobody needs the batch any more.
    ///   - partition: Returns the current generation of a partition. Messages of a partition that is not assigned are
    ///     dropped.
    init(
        _ messages: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>,
        of client: ClientHandle,
        _ memory: RecordMemory,
        _ codecs: HeaderCodecs,
        _ counters: ConsumerCounters,
        _ spent: SpentMessages,
        partition: (KafkaTopicPartition) -> AssignedPartition?
    ) {
        self.client = client
        self.codecs = codecs
        self.counters = counters
        self.spent = spent
        var places = MessagePlaces()
        var memory = BatchMemory(memory)
        var kept: [UnsafeMutablePointer<rd_kafka_message_t>] = []
        let start = memory.reserve(messages.count * MemoryLayout<RecordSlot>.stride)
            .bindMemory(to: RecordSlot.self, capacity: messages.count)
        var count = 0
        var bytes = 0
        for message in messages {
            guard let message else { continue }
            guard let place = places.index(of: message, partition) else {
                rd_kafka_message_destroy(message)
                continue
            }
            let size = message.pointee.len + message.pointee.key_len
            let isKept = size > Self.copyLimit
            (start + count).initialize(
                to: RecordSlot(message, partition: place, copiesBytes: !isKept, to: &memory)
            )
            if isKept { kept.append(message) } else { rd_kafka_message_destroy(message) }
            bytes += size
            count += 1
        }
        slots = UnsafeMutableBufferPointer(start: start, count: count)
        partitions = places.partitions
        partitionIndices = partitions.map(\.index)
        blocks = memory.finish()
        self.kept = kept
        self.bytes = bytes
    }

    deinit {
        // The slots are trivial except for their contexts.
        for index in slots.indices { slots[index].releaseContext() }
        if !kept.isEmpty { spent.take(kept) }
    }

    func byteCount(at index: Int) -> Int { slots[index].keyCount + slots[index].valueCount }

    /// The partition of a record, in the generation in which it was read.
    func partition(at index: Int) -> AssignedPartition { partitions[slots[index].partition] }

    /// The ``AssignedPartition/index`` of a record's partition, without a reference count.
    func partitionIndex(at index: Int) -> Int { partitionIndices[slots[index].partition] }

    func offset(at index: Int) -> Int { slots[index].offset }

    /// The context of a record: the same one for every caller. The first caller makes it.
    ///
    /// It is made by the thread that needs it, because contexts that are made on the poll thread and freed on another
    /// one would make both wait for the allocator's lock.
    func context(at index: Int) -> LogContext {
        if let context = slots[index].context { return context }
        return codecs.receivingContext(from: slots[index].headers) { found, context in
            if slots[index].setContext(&context) { counters.headers.count(found) }
        }
    }

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

/// Finds the partitions of messages, with one look-up for each partition of a batch.
private struct MessagePlaces {
    private var seen: [(topic: OpaquePointer?, number: Int32, partition: AssignedPartition?)] = []
    // The last message, whose partition is mostly that of the next one. They are apart from the list, so that reading
    // them costs no reference count.
    private var lastTopic: OpaquePointer?
    private var lastNumber: Int32 = -1
    private var lastIndex: Int?

    /// The index of a message's partition in ``partitions``; nil if the partition is not assigned.
    @inline(__always)
    mutating func index(
        of message: UnsafeMutablePointer<rd_kafka_message_t>,
        _ partition: (KafkaTopicPartition) -> AssignedPartition?
    ) -> Int? {
        let topic = message.pointee.rkt
        let number = message.pointee.partition
        if topic == nil || topic != lastTopic || number != lastNumber {
            lastIndex = index(of: topic, number, partition)
            lastTopic = topic
            lastNumber = number
        }
        return lastIndex
    }

    @inline(never)
    private mutating func index(
        of topic: OpaquePointer?,
        _ number: Int32,
        _ partition: (KafkaTopicPartition) -> AssignedPartition?
    ) -> Int? {
        let index = seen.firstIndex { $0.topic == topic && $0.number == number } ?? seen.count
        if index == seen.count {
            let name = topic.map { String(cString: rd_kafka_topic_name($0)) } ?? ""
            let place = KafkaTopicPartition(topic: name, partition: KafkaPartition(rawValue: Int(number)))
            seen.append((topic, number, partition(place)))
        }
        return seen[index].partition == nil ? nil : index
    }

    /// No record refers to a partition that is not assigned. A placeholder only keeps the indices of the others valid.
    var partitions: [AssignedPartition] {
        seen.map { place in
            place.partition
                ?? AssignedPartition(topicPartition: .init(topic: "", partition: .unassigned), index: -1, generation: 0)
        }
    }
}
