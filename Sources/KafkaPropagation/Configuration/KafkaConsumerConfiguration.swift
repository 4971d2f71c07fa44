public import ContextPropagation

/// The configuration of a ``KafkaConsumer``.
///
///     let group = KafkaConsumerConfiguration(try .fromEnvironment(), .group(id: "detectors", topics: ["frames"]))
///     let partition = KafkaConsumerConfiguration(
///         try .fromEnvironment(),
///         .partitions([KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .beginning)])
///     )
///
/// A property that is nil keeps librdkafka's default.
public struct KafkaConsumerConfiguration: Sendable {
    /// The cluster, and the properties that all clients share.
    public var connection: KafkaConfiguration

    /// The topics or partitions to read.
    public var consumptionStrategy: ConsumptionStrategy

    /// Where to begin in a partition for which the group has committed nothing (`auto.offset.reset`).
    public var autoOffsetReset: AutoOffsetReset?

    /// When offsets that were stored are committed.
    ///
    /// No policy commits a record of which the application has not said that it is done.
    public var commitPolicy: CommitPolicy = .storedOffsets()

    /// How long a commit waits for the broker's answer. Then it throws ``KafkaError/Code/timedOut``.
    public var commitTimeout: Duration = .seconds(10)

    /// How long the group waits for a heartbeat of this member (`session.timeout.ms`).
    public var sessionTimeout: Duration?

    /// How often this member sends a heartbeat (`heartbeat.interval.ms`).
    public var heartbeatInterval: Duration?

    /// How long the application may take no record before the group goes on without this member
    /// (`max.poll.interval.ms`).
    ///
    /// The group notices it between one and two times this long after the last record was taken.
    public var maximumPollInterval: Duration = .seconds(300)

    /// How many records the consumer reads ahead at most. They wait, with their contexts, for the application.
    ///
    /// The consumer also stops reading ahead at 16 MiB of keys and values.
    public var maximumBufferedRecords: Int = 2000

    /// How long a shutdown waits for records that are being handled, and then for the group to let this member go.
    public var shutdownTimeout: Duration = .seconds(30)

    /// The header formats that are read from each record.
    public var headerCodecs: HeaderCodecs = .environment

    /// librdkafka's properties by name, above everything else.
    ///
    /// `queued.min.messages` (by default 1,000,000) and `queued.max.messages.kbytes` (by default 131,072) bound how
    /// much librdkafka fetches ahead. With librdkafka's own defaults a consumer with a backlog runs at a fraction of
    /// its speed.
    ///
    /// librdkafka before 2.3.0 ends the process when a consumer with the assignment strategy `cooperative-sticky` is
    /// shut down while it joins its group. There the strategy is refused with an error.
    public var properties: [String: String] = [:]

    /// A consumer of this cluster.
    public init(_ connection: KafkaConfiguration, _ consumptionStrategy: ConsumptionStrategy) {
        self.connection = connection
        self.consumptionStrategy = consumptionStrategy
    }

    /// A consumer of the cluster that the environment names; see ``KafkaConfiguration/fromEnvironment()``.
    public static func fromEnvironment(
        _ consumptionStrategy: ConsumptionStrategy
    ) throws(KafkaError) -> KafkaConsumerConfiguration {
        KafkaConsumerConfiguration(try .fromEnvironment(), consumptionStrategy)
    }

    /// Checks every property, without a broker.
    ///
    /// - Throws: ``KafkaError/Code/configuration`` for the first property that librdkafka, or ma-logger, refuses.
    public func validate() throws(KafkaError) {
        _ = try NativeConfiguration(try checkedProperties)
    }

    /// Where to begin in a partition without a committed offset.
    public struct AutoOffsetReset: Hashable, Sendable, CustomStringConvertible {
        /// The name, as in `earliest`.
        public let description: String

        /// At the first record that the partition holds.
        public static let earliest = AutoOffsetReset(description: "earliest")
        /// After the last record.
        public static let latest = AutoOffsetReset(description: "latest")
        /// Nowhere: the consumer reports an error as an event.
        public static let error = AutoOffsetReset(description: "error")
    }

    /// When offsets that were stored are committed.
    public struct CommitPolicy: Hashable, Sendable {
        let interval: Duration?

        /// Only when the application calls a `commit` method.
        public static let manual = CommitPolicy(interval: nil)

        /// Commits what `storeOffset` has stored: periodically, before a partition is given back, and at the end.
        ///
        /// - Parameter interval: How often; to a millisecond.
        public static func storedOffsets(every interval: Duration = .seconds(5)) -> CommitPolicy {
            CommitPolicy(interval: interval)
        }
    }
}
