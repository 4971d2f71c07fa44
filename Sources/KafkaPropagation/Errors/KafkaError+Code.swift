extension KafkaError {
    /// What kind of error it is. New ones may be added: a `switch` over codes needs a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Backing: String {
            case configuration
            case authentication
            case tls
            case authorization
            case connection
            case timedOut
            case cancelled
            case queueFull
            case shutdown
            case unknownTopicOrPartition
            case topicAlreadyExists
            case messageTooLarge
            case invalidArgument
            case notAssigned
            case rebalance
            case maximumPollIntervalExceeded
            case offsetOutOfRange
            case purged
            case unsupported
            case fatal
            case broker
            case client
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// A property, a variable or a combination of them that cannot be used.
        public static let configuration = Code(.configuration)
        /// The broker does not take these credentials.
        public static let authentication = Code(.authentication)
        /// No secure connection: a certificate, a key or a protocol is wrong.
        public static let tls = Code(.tls)
        /// These credentials may not do this.
        public static let authorization = Code(.authorization)
        /// No broker can be reached, or the connection was lost.
        public static let connection = Code(.connection)
        /// There was no answer in time.
        public static let timedOut = Code(.timedOut)
        /// The task was cancelled while the call waited.
        ///
        /// Calls that throw only ``KafkaError`` report a cancellation with this code; every other call throws
        /// `CancellationError`.
        public static let cancelled = Code(.cancelled)
        /// The client's queue has no room: wait for reports, or use `send`, which does.
        public static let queueFull = Code(.queueFull)
        /// The client was shut down before or during the call.
        public static let shutdown = Code(.shutdown)
        /// There is no such topic or partition.
        public static let unknownTopicOrPartition = Code(.unknownTopicOrPartition)
        /// A topic of that name is there already.
        public static let topicAlreadyExists = Code(.topicAlreadyExists)
        /// The message is larger than the client or the broker takes.
        public static let messageTooLarge = Code(.messageTooLarge)
        /// An argument that cannot be used.
        public static let invalidArgument = Code(.invalidArgument)
        /// The partition is not, or no longer, assigned to this consumer.
        public static let notAssigned = Code(.notAssigned)
        /// The group is being rebalanced: the call came between two assignments.
        public static let rebalance = Code(.rebalance)
        /// The application took no record for longer than `max.poll.interval.ms`, and the group went on without it.
        public static let maximumPollIntervalExceeded = Code(.maximumPollIntervalExceeded)
        /// The offset is not, or no longer, in the partition.
        public static let offsetOutOfRange = Code(.offsetOutOfRange)
        /// The message was taken out of the queue before it was acknowledged.
        public static let purged = Code(.purged)
        /// The broker or this librdkafka cannot do that.
        public static let unsupported = Code(.unsupported)
        /// The client is of no more use.
        public static let fatal = Code(.fatal)
        /// Any other answer of a broker.
        public static let broker = Code(.broker)
        /// Any other error of librdkafka or the system.
        public static let client = Code(.client)

        /// The name, as in `queueFull`.
        public var description: String { backing.rawValue }
    }
}
