internal import CMALoggerRDKafka

/// A list of partitions in librdkafka's memory, which this value owns. While a list exists, its client cannot be
/// destroyed.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// Makes a list of these partitions at these offsets. A nil offset becomes librdkafka's invalid offset.
    ///
    /// - Throws: ``KafkaError/Code/invalidArgument`` for a topic whose name librdkafka cannot take.
    init(_ partitions: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        for partition in partitions { try KafkaError.check(topic: partition.topic) }
        pointer = Self.list(partitions)
    }

    /// Makes a list of these partitions without offsets.
    init(_ partitions: [KafkaTopicPartition]) throws(KafkaError) {
        for partition in partitions { try KafkaError.check(topic: partition.topic) }
        pointer = Self.list(partitions.map { KafkaTopicPartitionOffset(topicPartition: $0, offset: nil) })
    }

    /// Makes a list to subscribe to these topics and patterns.
    ///
    /// - Throws: ``KafkaError/Code/invalidArgument`` for topics that librdkafka cannot take.
    init(subscribing topics: [String]) throws(KafkaError) {
        try KafkaError.check(subscription: topics)
        pointer = Self.list(topics.map { KafkaTopicPartitionOffset(topic: $0, partition: .unassigned, offset: nil) })
    }

    private static func list(
        _ partitions: [KafkaTopicPartitionOffset]
    ) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t> {
        let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t> =
            rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for partition in partitions {
            let element = rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition.native)
            element?.pointee.offset = partition.offset.map { Int64($0.rawValue) } ?? Int64(RD_KAFKA_OFFSET_INVALID)
        }
        return pointer
    }

    /// A list of offsets of assigned partitions to commit, each with the text that the group keeps beside it.
    init(committing commits: [(place: KafkaTopicPartitionOffset, metadata: String)]) {
        pointer = Self.list(commits.map(\.place))
        for (index, commit) in commits.enumerated() where !commit.metadata.isEmpty {
            // librdkafka frees the text with the list.
            var metadata = commit.metadata
            metadata.withUTF8 { text in
                guard let start = text.baseAddress, let copy = rd_kafka_mem_malloc(nil, text.count) else { return }
                copy.copyMemory(from: start, byteCount: text.count)
                pointer.pointee.elems[index].metadata = copy
                pointer.pointee.elems[index].metadata_size = text.count
            }
        }
    }

    /// Takes the ownership of a list that librdkafka made.
    init(owning pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        self.pointer = pointer
    }

    deinit {
        rd_kafka_topic_partition_list_destroy(pointer)
    }

    /// The partitions and their offsets.
    var offsets: [KafkaTopicPartitionOffset] { PartitionList.offsets(pointer) }

    /// Returns the partitions and offsets of a list that librdkafka owns.
    static func offsets(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) -> [KafkaTopicPartitionOffset] {
        elements(list).map { element in
            KafkaTopicPartitionOffset(
                topic: String(cString: element.topic),
                partition: KafkaPartition(rawValue: Int(element.partition)),
                offset: element.offset == RD_KAFKA_OFFSET_INVALID ? nil : KafkaOffset(rawValue: Int(element.offset))
            )
        }
    }

    /// The text beside each committed offset; nil if it is empty or not UTF-8.
    var metadata: [String?] {
        PartitionList.elements(pointer).map { element in
            guard let start = element.metadata, element.metadata_size > 0 else { return nil }
            let bytes = UnsafeRawBufferPointer(start: start, count: element.metadata_size)
            return String(validating: bytes, as: UTF8.self)
        }
    }

    /// Throws the error of the first partition that has one.
    func checkEach() throws(KafkaError) {
        if let error = PartitionList.firstError(pointer) { throw error }
    }

    static func firstError(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> KafkaError? {
        for element in elements(list) where element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            return KafkaError(element.err, subject: "\(String(cString: element.topic)) [\(element.partition)]")
        }
        return nil
    }

    static func elements(
        _ list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) -> UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    }
}
