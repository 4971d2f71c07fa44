public import ContextPropagation

/// The configuration of a ``KafkaProducer``.
///
///     var configuration = KafkaProducerConfiguration(try .fromEnvironment())
///     configuration.compression = .zstd
///
/// A nil property keeps librdkafka's default.
public struct KafkaProducerConfiguration: Sendable {
    /// The cluster, and the settings that all clients share.
    public var connection: KafkaConfiguration

    /// The replicas that must store a message before it counts as acknowledged (`acks`). librdkafka's default is every
    /// in-sync replica.
    public var acknowledgements: Acknowledgements?

    /// Whether the broker keeps retries from duplicating or reordering messages (`enable.idempotence`).
    public var isIdempotenceEnabled: Bool?

    /// The time that a message waits for other messages to share its batch (`linger.ms`).
    public var linger: Duration?

    /// The compression of batches (`compression.type`).
    public var compression: Compression?

    /// The longest time from the call until a message is delivered, including retries. After that the delivery fails
    /// (`message.timeout.ms`). A time below a millisecond counts as one, because 0 would mean that there is no limit.
    public var deliveryTimeout: Duration?

    /// The largest number of messages that wait for their report (`queue.buffering.max.messages`). If it is reached,
    /// `send` suspends and `enqueue` throws.
    public var maximumQueuedMessages: Int?

    /// The longest time that a shutdown waits for undelivered messages. The messages that are left then get an error.
    public var shutdownTimeout: Duration = .seconds(30)

    /// The name under which the producer sends in transactions (`transactional.id`); nil for a producer without
    /// transactions.
    ///
    /// The ID stays the same when the process is started again, and no two processes that run at the same time share
    /// it: a new producer ends the open transaction of the last one with its ID, and makes it unusable. See
    /// ``KafkaProducer/withTransaction(_:)``.
    public var transactionalID: String?

    /// How long a transaction may take before the cluster aborts it (`transaction.timeout.ms`); if it is nil, a minute.
    ///
    /// Consumers that read only committed records wait at most this time for a process that was killed. After it, the
    /// producer is of no more use: ``KafkaError/Code/fenced``.
    public var transactionTimeout: Duration?

    /// How long the calls that begin, commit or abort a transaction wait for the broker's answer. Then they throw
    /// ``KafkaError/Code/timedOut``.
    public var transactionCallTimeout: Duration = .seconds(30)

    /// The formats of the headers that the producer writes into each message.
    public var headerCodecs: HeaderCodecs = .environment

    /// Properties of librdkafka by name. They override every other setting.
    ///
    /// `delivery.report.only.error` must not be true, because a producer needs the report of each message.
    public var properties: [String: String] = [:]

    /// Makes a configuration for a producer to this cluster.
    public init(_ connection: KafkaConfiguration) {
        self.connection = connection
    }

    /// Makes a configuration for a producer to the cluster that the environment names; see
    /// ``KafkaConfiguration/fromEnvironment()``.
    public static func fromEnvironment() throws(KafkaError) -> KafkaProducerConfiguration {
        KafkaProducerConfiguration(try .fromEnvironment())
    }

    /// Checks every property, without a broker.
    ///
    /// - Throws: ``KafkaError/Code/configuration`` for the first property that librdkafka or ma-logger refuses.
    public func validate() throws(KafkaError) {
        _ = try Self.native(try checkedProperties)
    }

    /// The replicas that must store a message before it counts as acknowledged (`acks`).
    public struct Acknowledgements: Hashable, Sendable, CustomStringConvertible {
        private enum Backing: String {
            case all
            case leader
            case none
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// Waits for every in-sync replica.
        public static let all = Acknowledgements(.all)
        /// Waits for the leader of the partition.
        public static let leader = Acknowledgements(.leader)
        /// Waits for no replica. A message counts as delivered as soon as it is sent, and has no offset.
        public static let none = Acknowledgements(.none)

        /// The name, as in `all`.
        public var description: String { backing.rawValue }

        var native: String {
            switch backing {
            case .all: "all"
            case .leader: "1"
            case .none: "0"
            }
        }
    }

    /// The compression of batches.
    public struct Compression: Hashable, Sendable, CustomStringConvertible {
        private enum Backing: String {
            case none
            case gzip
            case snappy
            case lz4
            case zstd
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// No compression.
        public static let none = Compression(.none)
        /// Gzip.
        public static let gzip = Compression(.gzip)
        /// Snappy.
        public static let snappy = Compression(.snappy)
        /// LZ4.
        public static let lz4 = Compression(.lz4)
        /// Zstandard, if librdkafka was built with it.
        public static let zstd = Compression(.zstd)

        /// The name, as in `zstd`.
        public var description: String { backing.rawValue }
    }
}
