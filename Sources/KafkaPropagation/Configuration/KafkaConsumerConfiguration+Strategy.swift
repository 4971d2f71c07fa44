extension KafkaConsumerConfiguration {
    /// The topics or partitions that a consumer reads: as a member of a group, or by name.
    public struct ConsumptionStrategy: Hashable, Sendable {
        enum Backing: Hashable {
            case group(id: String, topics: [String])
            case partitions([KafkaTopicPartitionOffset], groupID: String?)
        }

        let backing: Backing

        /// The group that the application names here; nil if there is none. A property can override it.
        var groupID: String? {
            switch backing {
            case .group(let id, _): id
            case .partitions(_, let id): id
            }
        }

        /// The partitions whose first offset the application names.
        var startedByApplication: Set<KafkaTopicPartition> {
            guard case .partitions(let partitions, _) = backing else { return [] }
            return Set(partitions.filter { $0.offset ?? .storedOffset != .storedOffset }.map(\.topicPartition))
        }

        /// The names of the topics, without regular expressions.
        var topicNames: Set<String> {
            switch backing {
            case .group(_, let topics): Set(topics.filter { !$0.hasPrefix("^") })
            case .partitions(let partitions, _): Set(partitions.map(\.topic))
            }
        }

        /// Whether the consumer subscribes to a pattern of topics.
        var hasPattern: Bool {
            if case .group(_, let topics) = backing { topics.contains { $0.hasPrefix("^") } } else { false }
        }

        /// Throws for topics, partitions and offsets that librdkafka cannot take.
        func checkTopics() throws(KafkaError) {
            switch backing {
            case .group(_, let topics):
                try KafkaError.check(subscription: topics, .configuration)
            case .partitions(let partitions, _):
                try KafkaError.check(starts: partitions, .configuration)
            }
        }

        /// Reads the share of the partitions of these topics that the group assigns to this consumer.
        ///
        /// A topic that is created later, and partitions that are added, are found within a minute; with librdkafka
        /// 2.10 or newer, and without a pattern, within 10 s (`topic.metadata.refresh.interval.ms`).
        ///
        /// - Parameters:
        ///   - groupID: The group (`group.id`). Its members together read every record.
        ///   - topics: The names of the topics: at least one, and each only once. A name that begins with `^` is a
        ///     POSIX extended regular expression.
        public static func group(id groupID: String, topics: [String]) -> ConsumptionStrategy {
            ConsumptionStrategy(backing: .group(id: groupID, topics: topics))
        }

        /// Reads these partitions. Other consumers do not affect it.
        ///
        /// - Parameters:
        ///   - partitions: The partitions, each only once, and the offsets at which to begin. If an offset is nil, the
        ///     consumer begins at the offset that `groupID` has committed. If there is none, or no group,
        ///     ``KafkaConsumerConfiguration/autoOffsetReset`` decides.
        ///   - groupID: The group under which offsets are committed. Without a group, every call of a ``KafkaConsumer``
        ///     that stores, commits or reads committed offsets, or that subscribes, throws
        ///     ``KafkaError/Code/configuration``.
        public static func partitions(
            _ partitions: [KafkaTopicPartitionOffset],
            groupID: String? = nil
        ) -> ConsumptionStrategy {
            ConsumptionStrategy(backing: .partitions(partitions, groupID: groupID))
        }
    }
}
