internal import CMALoggerRDKafka

extension KafkaConsumerConfiguration {
    /// The topics or partitions that a consumer reads: as a member of a group, or by name.
    public struct ConsumptionStrategy: Hashable, Sendable {
        enum Backing: Hashable {
            case group(id: String, topics: [String])
            case partitions([KafkaTopicPartitionOffset], groupID: String?)
        }

        let backing: Backing

        /// The group under which offsets are committed; nil if there is none.
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

        /// Throws for a topic whose name librdkafka cannot take.
        fileprivate func checkTopics() throws(KafkaError) {
            switch backing {
            case .group(_, let topics):
                for topic in topics { try KafkaError.check(subscription: topic, .configuration) }
            case .partitions(let partitions, _):
                for partition in partitions { try KafkaError.check(topic: partition.topic, .configuration) }
            }
        }

        /// Reads the share of the partitions of these topics that the group assigns to this consumer.
        ///
        /// - Parameters:
        ///   - groupID: The group (`group.id`). Its members together read every record.
        ///   - topics: The names of the topics. A name that begins with `^` is a regular expression.
        public static func group(id groupID: String, topics: [String]) -> ConsumptionStrategy {
            ConsumptionStrategy(backing: .group(id: groupID, topics: topics))
        }

        /// Reads these partitions. Other consumers do not affect it.
        ///
        /// - Parameters:
        ///   - partitions: The partitions and the offsets at which to begin. If an offset is nil, the consumer begins
        ///     at the offset that `groupID` has committed. If there is none, ``autoOffsetReset`` decides.
        ///   - groupID: The group under which offsets are committed. Without a group, the consumer cannot commit.
        public static func partitions(
            _ partitions: [KafkaTopicPartitionOffset],
            groupID: String? = nil
        ) -> ConsumptionStrategy {
            ConsumptionStrategy(backing: .partitions(partitions, groupID: groupID))
        }
    }

    /// librdkafka's properties in the order in which they are set. A later value overrides an earlier one.
    var checkedProperties: [NativeConfiguration.Property] {
        get throws(KafkaError) {
            try consumptionStrategy.checkTopics()
            var list = connection.typedProperties
            // librdkafka requires a group, although the consumer never commits under this one.
            list.append(("group.id", consumptionStrategy.groupID ?? "no-group"))
            if let autoOffsetReset { list.append(("auto.offset.reset", autoOffsetReset.description)) }
            if let isolationLevel { list.append(("isolation.level", isolationLevel.description)) }
            let interval = consumptionStrategy.groupID == nil ? nil : commitPolicy.interval
            list.append(("enable.auto.commit", String(interval != nil)))
            if let interval { list.append(("auto.commit.interval.ms", interval.milliseconds)) }
            if let sessionTimeout { list.append(("session.timeout.ms", sessionTimeout.milliseconds)) }
            if let heartbeatInterval { list.append(("heartbeat.interval.ms", heartbeatInterval.milliseconds)) }
            list.append((Self.maximumPollIntervalName, maximumPollInterval.milliseconds))
            list.append(("queued.min.messages", "1000000"))
            list.append(("queued.max.messages.kbytes", "131072"))
            // Properties by name override the typed ones, including those of the connection.
            for properties in [connection.properties, properties] {
                list += properties.sortedProperties
            }
            try Self.checkOffsetStore(list)
            try Self.checkStrategies(list, version: rd_kafka_version())
            list.append(("enable.auto.offset.store", "false"))
            return list
        }
    }

    /// Whether librdkafka commits stored offsets without a call of the application.
    var commitsByItself: Bool {
        get throws(KafkaError) {
            try NativeConfiguration(try checkedProperties).boolean(named: "enable.auto.commit") != false
        }
    }

    private static let maximumPollIntervalName = "max.poll.interval.ms"

    /// Returns the poll interval that librdkafka uses. A property by name overrides the typed one.
    static func maximumPollInterval(of native: borrowing NativeConfiguration) -> Duration {
        .milliseconds(native.number(named: maximumPollIntervalName) ?? 300_000)
    }

    private static func checkOffsetStore(_ properties: [NativeConfiguration.Property]) throws(KafkaError) {
        let name = "enable.auto.offset.store"
        guard properties.last(where: { $0.name == name })?.value.lowercased() == "true" else { return }
        throw KafkaError(
            .configuration,
            "\"true\" would commit records that were never handled",
            subject: name,
            hint: "Remove it and call storeOffset when a record is done"
        )
    }

    /// - Parameter version: The version of librdkafka.
    static func checkStrategies(
        _ properties: [NativeConfiguration.Property],
        version: Int32
    ) throws(KafkaError) {
        let name = "partition.assignment.strategy"
        guard version < 0x0203_0000, let value = properties.last(where: { $0.name == name })?.value,
            value.contains("cooperative-sticky")
        else { return }
        throw KafkaError(
            .configuration,
            "librdkafka \(KafkaError.librdkafkaVersion) aborts the process when a consumer with cooperative-sticky is "
                + "shut down while it joins its group",
            subject: name,
            hint: "Install librdkafka 2.3.0 or newer, or choose range or roundrobin"
        )
    }
}
