extension KafkaError {
    /// The kind of an error. A later version may add codes, so a `switch` over codes needs a `default`.
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
            case transactionState
            case fenced
            case unsupported
            case fatal
            case broker
            case client
        }

        private let backing: Backing

        private init(_ backing: Backing) {
            self.backing = backing
        }

        /// A property, a variable or a combination of them is invalid.
        public static let configuration = Code(.configuration)
        /// A broker refuses the credentials.
        public static let authentication = Code(.authentication)
        /// The TLS handshake failed: a certificate, a key or a protocol is wrong.
        public static let tls = Code(.tls)
        /// The user of these credentials is not allowed to do this.
        public static let authorization = Code(.authorization)
        /// No broker is reachable, or the connection was lost, perhaps before the broker answered the TLS handshake or
        /// the login. Also if there is no token for the login yet.
        public static let connection = Code(.connection)
        /// The broker did not answer in time.
        public static let timedOut = Code(.timedOut)
        /// The task was cancelled while the call waited.
        ///
        /// A call that throws only ``KafkaError`` reports a cancellation with this code. Every other call throws
        /// `CancellationError`.
        public static let cancelled = Code(.cancelled)
        /// The queue of the client is full. Wait for reports, or use `send`, which waits.
        public static let queueFull = Code(.queueFull)
        /// The client was shut down before or during the call.
        public static let shutdown = Code(.shutdown)
        /// The topic or partition does not exist.
        public static let unknownTopicOrPartition = Code(.unknownTopicOrPartition)
        /// A topic with this name already exists.
        public static let topicAlreadyExists = Code(.topicAlreadyExists)
        /// The message is larger than the limit of the client or of the broker.
        public static let messageTooLarge = Code(.messageTooLarge)
        /// An argument is invalid.
        public static let invalidArgument = Code(.invalidArgument)
        /// The partition is not assigned to this consumer, or no longer assigned.
        public static let notAssigned = Code(.notAssigned)
        /// The group is rebalancing, so the consumer has no assignment at the moment.
        public static let rebalance = Code(.rebalance)
        /// The application took no record for longer than `max.poll.interval.ms`, so the group continues without this
        /// consumer.
        public static let maximumPollIntervalExceeded = Code(.maximumPollIntervalExceeded)
        /// The partition does not contain the offset, or no longer contains it.
        public static let offsetOutOfRange = Code(.offsetOutOfRange)
        /// The message was removed from the queue before it was acknowledged.
        public static let purged = Code(.purged)
        /// The call does not fit the state of the producer's transactions: there is none, it has ended, or another one
        /// is running.
        public static let transactionState = Code(.transactionState)
        /// A newer producer has the same transactional ID, or the transaction took longer than its timeout. The
        /// producer can do nothing more: shut it down.
        public static let fenced = Code(.fenced)
        /// The broker or the installed librdkafka does not support this.
        public static let unsupported = Code(.unsupported)
        /// The client has stopped working for good. Make a new client.
        public static let fatal = Code(.fatal)
        /// Any other error of a broker.
        public static let broker = Code(.broker)
        /// Any other error of librdkafka or the system.
        public static let client = Code(.client)

        /// The name, as in `queueFull`.
        public var description: String { backing.rawValue }
    }
}
