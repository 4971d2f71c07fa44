public import ContextPropagation

/// The configuration of a ``KafkaConsumer``.
///
///     let group = KafkaConsumerConfiguration(try .fromEnvironment(), .group(id: "detectors", topics: ["frames"]))
///     let partition = KafkaConsumerConfiguration(
///         try .fromEnvironment(),
///         .partitions([KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .beginning)])
///     )
///
/// A nil property keeps librdkafka's default.
public struct KafkaConsumerConfiguration: Sendable {
    /// The cluster, and the settings that all clients share.
    public var connection: KafkaConfiguration

    /// The topics or partitions to read.
    public var consumptionStrategy: ConsumptionStrategy

    /// The position at which to begin in a partition in which the group has committed nothing (`auto.offset.reset`).
    ///
    /// A consumer without a group begins there in each partition for which the application gives no offset. With
    /// ``AutoOffsetReset/error``, such a partition is a configuration error. A nil value means
    /// ``AutoOffsetReset/latest``.
    public var autoOffsetReset: AutoOffsetReset?

    /// Whether records of transactions that are open or aborted are read (`isolation.level`). If it is nil, they are
    /// not.
    public var isolationLevel: IsolationLevel?

    /// The policy that commits stored offsets.
    ///
    /// Every policy commits only records that the application has marked as done.
    public var commitPolicy: CommitPolicy = .storedOffsets()

    /// The longest time that a commit waits for the broker's answer. Then it throws ``KafkaError/Code/timedOut``.
    public var commitTimeout: Duration = .seconds(10)

    /// The time without a heartbeat after which the group removes this member (`session.timeout.ms`).
    public var sessionTimeout: Duration?

    /// The time between two heartbeats of this member (`heartbeat.interval.ms`).
    public var heartbeatInterval: Duration?

    /// The longest time in which the application may take no record. After that, the group gives its partitions to
    /// other members (`max.poll.interval.ms`).
    ///
    /// The group notices it after one to two times this interval.
    public var maximumPollInterval: Duration = .seconds(300)

    /// The largest number of records that the consumer reads ahead. They wait, with their contexts, for the
    /// application.
    ///
    /// The consumer also stops reading ahead at 16 MiB of keys and values.
    public var maximumBufferedRecords: Int = 2000

    /// The longest time that a shutdown waits for the records that are being handled, and the longest time that it then
    /// waits to leave the group.
    public var shutdownTimeout: Duration = .seconds(30)

    /// The formats of the headers that the consumer reads from each record.
    public var headerCodecs: HeaderCodecs = .environment

    /// Properties of librdkafka by name. They override every other setting.
    ///
    /// `queued.min.messages` (by default 1,000,000) and `queued.max.messages.kbytes` (by default 131,072) limit the
    /// amount of data that librdkafka fetches ahead. librdkafka's own defaults make a consumer with a backlog several
    /// times slower.
    ///
    /// librdkafka before 2.3.0 aborts the process when a consumer with the assignment strategy `cooperative-sticky` is
    /// shut down while it joins its group. With such a version, that strategy is a configuration error.
    public var properties: [String: String] = [:]

    /// Makes a configuration for a consumer of this cluster.
    public init(_ connection: KafkaConfiguration, _ consumptionStrategy: ConsumptionStrategy) {
        self.connection = connection
        self.consumptionStrategy = consumptionStrategy
    }

    /// Makes a configuration for a consumer of the cluster that the environment names; see
    /// ``KafkaConfiguration/fromEnvironment()``.
    public static func fromEnvironment(
        _ consumptionStrategy: ConsumptionStrategy
    ) throws(KafkaError) -> KafkaConsumerConfiguration {
        KafkaConsumerConfiguration(try .fromEnvironment(), consumptionStrategy)
    }

    /// Checks every property, without a broker.
    ///
    /// - Throws: ``KafkaError/Code/configuration`` for the first property that librdkafka or ma-logger refuses.
    public func validate() throws(KafkaError) {
        let native = try NativeConfiguration(try checkedProperties)
        if case .partitions(let partitions, _) = consumptionStrategy.backing {
            _ = try StartingOffsets(self, native).complete(partitions)
        }
    }

    /// The position at which to begin in a partition without a committed offset.
    public struct AutoOffsetReset: Hashable, Sendable, CustomStringConvertible {
        /// The name, as in `earliest`.
        public let description: String

        /// Begins at the first record that the partition still has.
        public static let earliest = AutoOffsetReset(description: "earliest")
        /// Begins after the last record.
        public static let latest = AutoOffsetReset(description: "latest")
        /// Does not begin. The consumer reports an error as an event.
        public static let error = AutoOffsetReset(description: "error")
    }

    /// The policy that commits stored offsets.
    public struct CommitPolicy: Hashable, Sendable {
        let interval: Duration?

        /// Commits only when the application calls a `commit` method.
        public static let manual = CommitPolicy(interval: nil)

        /// Commits the offsets that `storeOffset` has stored: periodically, before the consumer gives a partition back,
        /// and at its end.
        ///
        /// - Parameter interval: The time between two commits, in whole milliseconds.
        public static func storedOffsets(every interval: Duration = .seconds(5)) -> CommitPolicy {
            CommitPolicy(interval: interval)
        }
    }
}
