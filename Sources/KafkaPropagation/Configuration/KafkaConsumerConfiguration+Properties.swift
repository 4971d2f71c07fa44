internal import CMALoggerRDKafka

extension KafkaConsumerConfiguration {
    /// librdkafka's properties in the order in which they are set. A later value overrides an earlier one.
    var checkedProperties: [NativeConfiguration.Property] {
        get throws(KafkaError) {
            try consumptionStrategy.checkTopics()
            var list = connection.typedProperties
            // librdkafka requires a group. Unrelated consumers have this one, so nothing may read, commit or join it.
            list.append((Self.groupIDName, consumptionStrategy.groupID ?? "no-group"))
            if let autoOffsetReset { list.append(("auto.offset.reset", autoOffsetReset.description)) }
            if let isolationLevel { list.append(("isolation.level", isolationLevel.description)) }
            let interval = groupID == nil ? nil : commitPolicy.interval
            list.append(("enable.auto.commit", String(interval != nil)))
            if let interval { list.append(("auto.commit.interval.ms", interval.milliseconds)) }
            if let sessionTimeout { list.append(("session.timeout.ms", sessionTimeout.milliseconds)) }
            if let heartbeatInterval { list.append(("heartbeat.interval.ms", heartbeatInterval.milliseconds)) }
            list.append((Self.maximumPollIntervalName, maximumPollInterval.milliseconds))
            list.append(("queued.min.messages", "1000000"))
            list.append(("queued.max.messages.kbytes", "131072"))
            // librdkafka's 5 minutes are long for a consumer that is started before its topic is made. But a pattern
            // makes librdkafka ask for all topics of the cluster, and before 2.10 it gives a topic up at each answer in
            // which a broker does not know it for a moment.
            let isCostly = consumptionStrategy.hasPattern || rd_kafka_version() < 0x020a_0000
            let refresh: Duration = .seconds(isCostly ? 60 : 10)
            list.append(("topic.metadata.refresh.interval.ms", refresh.milliseconds))
            list += connection.overrides(with: properties)
            try Self.checkGroupID(list)
            try Self.checkOffsetStore(list)
            try Self.checkStrategies(list, version: rd_kafka_version())
            list.append(("enable.auto.offset.store", "false"))
            return list
        }
    }

    /// The group of the consumer; nil if it has none. A property by name overrides the typed one.
    var groupID: String? {
        properties[Self.groupIDName] ?? connection.properties[Self.groupIDName] ?? consumptionStrategy.groupID
    }

    /// Whether librdkafka commits stored offsets without a call of the application.
    var commitsByItself: Bool {
        get throws(KafkaError) {
            try NativeConfiguration(try checkedProperties).boolean(named: "enable.auto.commit") != false
        }
    }

    private static let groupIDName = "group.id"

    private static let maximumPollIntervalName = "max.poll.interval.ms"

    /// Returns the poll interval that librdkafka uses. A property by name overrides the typed one.
    static func maximumPollInterval(of native: borrowing NativeConfiguration) -> Duration {
        .milliseconds(native.number(named: maximumPollIntervalName) ?? 300_000)
    }

    private static func checkGroupID(_ properties: [NativeConfiguration.Property]) throws(KafkaError) {
        guard NativeConfiguration.last(groupIDName, in: properties)?.value.isEmpty == true else { return }
        throw KafkaError(
            .configuration,
            "the group is empty",
            subject: groupIDName,
            hint: "Name the group, or read .partitions(_:) without one"
        )
    }

    private static func checkOffsetStore(_ properties: [NativeConfiguration.Property]) throws(KafkaError) {
        let name = "enable.auto.offset.store"
        guard NativeConfiguration.last(name, in: properties)?.value.lowercased() == "true" else { return }
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
        guard version < 0x0203_0000, let value = NativeConfiguration.last(name, in: properties)?.value,
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
