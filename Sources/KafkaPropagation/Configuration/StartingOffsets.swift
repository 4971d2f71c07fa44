/// The offsets at which a consumer begins in partitions that the application assigns.
struct StartingOffsets: Sendable {
    /// The offset at which the consumer begins if the application gives none; nil if there is none.
    private let standard: KafkaOffset?

    init(_ configuration: KafkaConsumerConfiguration, _ native: borrowing NativeConfiguration) {
        if configuration.groupID != nil {
            standard = .storedOffset
            return
        }
        // librdkafka has several names for each value, and may have stored another one than the application set.
        switch native.text(named: "auto.offset.reset") {
        case "smallest", "earliest", "beginning": standard = .beginning
        case "error": standard = nil
        default: standard = .end
        }
    }

    /// Gives each partition an offset. Without a group, no partition begins at a committed offset.
    ///
    /// - Throws: ``KafkaError/Code/configuration`` for a partition without an offset at which to begin.
    func complete(_ partitions: [KafkaTopicPartitionOffset]) throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        var result = partitions
        for (index, place) in partitions.enumerated() where place.offset ?? .storedOffset == .storedOffset {
            guard let standard else {
                throw KafkaError(
                    .configuration,
                    "the partition has no offset at which to begin, because the consumer has no group and "
                        + "auto.offset.reset is error",
                    subject: "\(place.topicPartition)",
                    hint: "Pass an offset, for example .beginning"
                )
            }
            result[index].offset = standard
        }
        return result
    }
}
