public import ContextPropagation

/// How a ``KafkaConsumer`` works.
///
///     let group = KafkaConsumerConfiguration(try .fromEnvironment(), .group(id: "detectors", topics: ["frames"]))
///     let partition = KafkaConsumerConfiguration(
///         try .fromEnvironment(),
///         .partitions([KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: .beginning)])
///     )
///
/// What is nil here keeps librdkafka's default.
public struct KafkaConsumerConfiguration: Sendable {
    /// The cluster, and the properties that all clients share.
    public var connection: KafkaConfiguration

    /// What is consumed.
    public var consumptionStrategy: ConsumptionStrategy

    /// Where to begin in a partition for which the group has committed nothing (`auto.offset.reset`).
    public var autoOffsetReset: AutoOffsetReset?

    /// When offsets are committed. A record's offset is never stored unless the application says that it is done.
    public var commitPolicy: CommitPolicy = .manual

    /// How long the group waits for a sign of life of this member (`session.timeout.ms`).
    public var sessionTimeout: Duration?

    /// How often this member gives a sign of life (`heartbeat.interval.ms`).
    public var heartbeatInterval: Duration?

    /// How long the application may take no record before the group goes on without this member (`max.poll.interval.ms`).
    /// It is noticed between one and two times this long after the last record was taken.
    public var maximumPollInterval: Duration = .seconds(300)

    /// How many records wait, read and with their context, for the application to take them.
    public var maximumBufferedRecords: Int = 2000

    /// How long a shutdown waits for records that are being handled, and for the group to let this member go.
    public var shutdownTimeout: Duration = .seconds(30)

    /// What is read from the headers of each record.
    public var headerCodecs: HeaderCodecs = .environment

    /// librdkafka's properties by name, above everything else.
    ///
    /// `queued.min.messages` (here 1,000,000) and `queued.max.messages.kbytes` (here 131,072) bound what is fetched ahead:
    /// with librdkafka's own defaults a consumer with a backlog runs at a fraction of its speed.
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

    /// Throws what librdkafka, or this library, has against it.
    public func validate() throws(KafkaError) {
        _ = try NativeConfiguration(try checkedProperties)
    }

    /// Where to begin without a commit.
    public struct AutoOffsetReset: Hashable, Sendable, CustomStringConvertible {
        /// The name, as in `earliest`.
        public let description: String

        /// At the first record that the partition holds.
        public static let earliest = AutoOffsetReset(description: "earliest")
        /// Behind the last record.
        public static let latest = AutoOffsetReset(description: "latest")
        /// Nowhere: an error among the events.
        public static let error = AutoOffsetReset(description: "error")
    }

    /// When offsets are committed.
    public struct CommitPolicy: Hashable, Sendable {
        let interval: Duration?

        /// When the application says so.
        public static let manual = CommitPolicy(interval: nil)

        /// What the application has stored with `storeOffset` is committed this often, when a partition is taken away, and
        /// at the end.
        public static func storedOffsets(every interval: Duration = .seconds(5)) -> CommitPolicy {
            CommitPolicy(interval: interval)
        }
    }
}
