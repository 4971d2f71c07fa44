extension KafkaConsumerConfiguration {
    /// What is consumed: topics as a member of a group, or partitions that are named.
    public struct ConsumptionStrategy: Hashable, Sendable {
        enum Backing: Hashable {
            case group(id: String, topics: [String])
            case partitions([KafkaTopicPartitionOffset], groupID: String?)
        }

        let backing: Backing

        /// A share of the partitions of these topics, as the group divides them. A topic that begins with `^` is a regular
        /// expression.
        public static func group(id groupID: String, topics: [String]) -> ConsumptionStrategy {
            ConsumptionStrategy(backing: .group(id: groupID, topics: topics))
        }

        /// These partitions from these offsets on, whatever other consumers read. An offset of nil is where `groupID` has
        /// committed; without a group offsets cannot be committed, and nil is where ``autoOffsetReset`` says.
        public static func partitions(
            _ partitions: [KafkaTopicPartitionOffset],
            groupID: String? = nil
        ) -> ConsumptionStrategy {
            ConsumptionStrategy(backing: .partitions(partitions, groupID: groupID))
        }
    }

    /// In the order in which they are set: later ones win.
    var checkedProperties: [NativeConfiguration.Property] {
        get throws(KafkaError) {
            var list = connection.nativeProperties
            switch consumptionStrategy.backing {
            case .group(let id, _), .partitions(_, .some(let id)): list.append(("group.id", id))
            // librdkafka wants one although nothing is ever committed under it.
            case .partitions(_, nil): list.append(("group.id", "no-group"))
            }
            if let autoOffsetReset { list.append(("auto.offset.reset", autoOffsetReset.description)) }
            list.append(("enable.auto.commit", String(commitPolicy.interval != nil)))
            if let interval = commitPolicy.interval { list.append(("auto.commit.interval.ms", interval.milliseconds)) }
            if let sessionTimeout { list.append(("session.timeout.ms", sessionTimeout.milliseconds)) }
            if let heartbeatInterval { list.append(("heartbeat.interval.ms", heartbeatInterval.milliseconds)) }
            list.append(("max.poll.interval.ms", maximumPollInterval.milliseconds))
            list.append(("queued.min.messages", "1000000"))
            list.append(("queued.max.messages.kbytes", "131072"))
            list += properties.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            if list.last(where: { $0.name == "enable.auto.offset.store" })?.value == "true" {
                throw KafkaError(
                    .configuration,
                    "true would commit records that were read ahead and never handled",
                    subject: "enable.auto.offset.store",
                    hint:
                        "Leave it out, call storeOffset when a record is done, and choose the commit policy storedOffsets"
                )
            }
            list.append(("enable.auto.offset.store", "false"))
            return list
        }
    }
}
