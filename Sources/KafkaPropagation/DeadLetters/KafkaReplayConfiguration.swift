/// The configuration of a replay of dead letters.
///
///     var configuration = KafkaReplayConfiguration(try .fromEnvironment(), topic: "frames.dead-letters")
///     configuration.limit = 1000
///     let summary = try await replayDeadLetters(configuration)
public struct KafkaReplayConfiguration: Sendable {
    /// The dead-letter topic.
    public var topic: String

    /// The group under which the replay commits its progress. By default it is the topic's name and `.replay`.
    ///
    /// Records that were replayed or skipped are not read again under the same group. To look at the skipped ones once
    /// more, use another group.
    public var groupID: String

    /// How many records are sent at most. Skipped records do not count.
    public var limit = Int.max

    /// How the partition at the origin is chosen. By default, the producer's partitioner chooses by the key.
    public var partition: KafkaDeadLetterPartition = .byKey

    /// The configuration of the producer. The replay turns idempotence on, so that a retry neither duplicates nor
    /// reorders records.
    public var producer: KafkaProducerConfiguration

    /// librdkafka's properties of the consumer by name, above everything else.
    public var consumerProperties: [String: String] = [:]

    /// A replay of the dead letters of a topic.
    ///
    /// - Parameters:
    ///   - connection: The cluster of the dead-letter topic and of the original topics.
    ///   - topic: The dead-letter topic.
    public init(_ connection: KafkaConfiguration, topic: String) {
        self.topic = topic
        groupID = "\(topic).replay"
        producer = KafkaProducerConfiguration(connection)
    }

    var producerConfiguration: KafkaProducerConfiguration {
        var configuration = producer
        configuration.isIdempotenceEnabled = true
        configuration.leaveSizesToBrokers()
        return configuration
    }

    var consumerConfiguration: KafkaConsumerConfiguration {
        var configuration = KafkaConsumerConfiguration(producer.connection, .partitions([], groupID: groupID))
        configuration.autoOffsetReset = .earliest
        configuration.commitPolicy = .manual
        configuration.headerCodecs = producer.headerCodecs
        configuration.properties = consumerProperties
        // Tells the end of a partition whose last offsets have no records, as after a transaction.
        configuration.properties["enable.partition.eof"] = "true"
        return configuration
    }
}
