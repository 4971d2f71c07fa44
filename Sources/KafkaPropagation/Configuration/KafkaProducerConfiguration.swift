public import ContextPropagation

/// How a ``KafkaProducer`` works.
///
///     var configuration = KafkaProducerConfiguration(try .fromEnvironment())
///     configuration.compression = .zstd
///
/// What is nil here keeps librdkafka's default.
public struct KafkaProducerConfiguration: Sendable {
    /// The cluster, and the properties that all clients share.
    public var connection: KafkaConfiguration

    /// Who must have a message before it counts as acknowledged; by default every in-sync replica.
    public var acknowledgements: Acknowledgements?

    /// Whether a retry can neither duplicate nor reorder messages (`enable.idempotence`).
    public var isIdempotenceEnabled: Bool?

    /// How long a message waits for others to share its batch (`linger.ms`).
    public var linger: Duration?

    /// How batches are compressed (`compression.type`).
    public var compression: Compression?

    /// How long a message may take, tries included, before it is given up (`message.timeout.ms`).
    public var deliveryTimeout: Duration?

    /// How many messages may wait for their report (`queue.buffering.max.messages`). When so many do, `send` suspends
    /// and `enqueue` throws.
    public var maximumQueuedMessages: Int?

    /// How long a shutdown waits for the messages that are still on their way. What is left then gets an error.
    public var shutdownTimeout: Duration = .seconds(30)

    /// What is written into the headers of each message.
    public var headerCodecs: HeaderCodecs = .environment

    /// librdkafka's properties by name, above everything else.
    public var properties: [String: String] = [:]

    /// A producer to this cluster.
    public init(_ connection: KafkaConfiguration) {
        self.connection = connection
    }

    /// A producer to the cluster that the environment names; see ``KafkaConfiguration/fromEnvironment()``.
    public static func fromEnvironment() throws(KafkaError) -> KafkaProducerConfiguration {
        KafkaProducerConfiguration(try .fromEnvironment())
    }

    /// Throws what librdkafka has against it.
    public func validate() throws(KafkaError) {
        _ = try NativeConfiguration(nativeProperties)
    }

    var nativeProperties: [NativeConfiguration.Property] {
        var list = connection.nativeProperties
        if let acknowledgements { list.append(("acks", acknowledgements.native)) }
        if let isIdempotenceEnabled { list.append(("enable.idempotence", String(isIdempotenceEnabled))) }
        if let linger { list.append(("linger.ms", linger.milliseconds)) }
        if let compression { list.append(("compression.type", compression.description)) }
        if let deliveryTimeout { list.append(("message.timeout.ms", deliveryTimeout.milliseconds)) }
        if let maximumQueuedMessages { list.append(("queue.buffering.max.messages", String(maximumQueuedMessages))) }
        list += properties.sortedProperties
        return list
    }

    /// The replicas that must have a message before it counts as acknowledged (`acks`).
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

        /// Every in-sync replica.
        public static let all = Acknowledgements(.all)
        /// The partition's leader.
        public static let leader = Acknowledgements(.leader)
        /// No replica: a message counts as soon as it is sent, and has no offset.
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

extension Duration {
    /// Whole milliseconds, as librdkafka's properties take them.
    var milliseconds: String { String(wholeMilliseconds) }

    /// Whole milliseconds, within what librdkafka's calls take.
    var wholeMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
        if milliseconds.overflow { return seconds < 0 ? 0 : .max }
        let sum = milliseconds.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return Int32(clamping: sum.overflow ? .max : max(0, sum.partialValue))
    }
}
