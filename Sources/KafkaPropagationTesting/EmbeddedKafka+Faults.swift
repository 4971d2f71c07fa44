internal import CMALoggerRDKafka
public import KafkaPropagation

extension EmbeddedKafka {
    /// Takes a broker down. Its connections break, and it refuses new ones until ``setBrokerUp(_:)``.
    ///
    /// - Parameter broker: The number of the broker, from 1.
    public func setBrokerDown(_ broker: Int) throws(KafkaError) {
        let number = try self.broker(broker)
        try withCluster("broker \(broker)") { rd_kafka_mock_broker_set_down($0, number) }
    }

    /// Brings a broker back. It still has its records.
    ///
    /// - Parameter broker: The number of the broker, from 1.
    public func setBrokerUp(_ broker: Int) throws(KafkaError) {
        let number = try self.broker(broker)
        try withCluster("broker \(broker)") { rd_kafka_mock_broker_set_up($0, number) }
    }

    /// Delays every answer of a broker.
    ///
    /// - Parameters:
    ///   - time: The delay, in whole milliseconds. A negative time means no delay.
    ///   - broker: The number of the broker, from 1.
    public func setRoundTripTime(_ time: Duration, ofBroker broker: Int) throws(KafkaError) {
        let milliseconds = Int32(min(max(time / .milliseconds(1), 0), Double(Int32.max)))
        let number = try self.broker(broker)
        try withCluster("broker \(broker)") { rd_kafka_mock_broker_set_rtt($0, number, milliseconds) }
    }

    /// Makes a broker the leader of a partition.
    ///
    /// - Parameters:
    ///   - broker: The number of the broker, from 1. Nil leaves the partition without a leader, as in a cluster where
    ///     every replica of the partition is down.
    ///   - partition: A partition of a topic. A topic that does not exist is made, with the partitions up to this one.
    /// - Throws: `KafkaError` with the code `invalidArgument` for a broker that does not exist, or a number that no
    ///   partition has.
    public func setLeader(_ broker: Int?, of partition: KafkaTopicPartition) throws(KafkaError) {
        try KafkaError.check(topic: partition.topic)
        // librdkafka writes outside of its memory for a negative number. It makes an unknown topic with as many
        // partitions as the number asks for.
        let index = partition.partition.rawValue
        try require(index, in: 0...Self.maximumPartitions - 1, "the number of the partition", subject: partition.topic)
        var number: Int32 = -1
        if let broker { number = try self.broker(broker) }
        try withCluster("\(partition)") {
            rd_kafka_mock_partition_set_leader($0, partition.topic, Int32(index), number)
        }
    }

    /// Makes the next requests of a kind fail, one request for each fault. Later requests succeed.
    ///
    ///     kafka.fail(.produce, with: [.notLeader, .notLeader])     // the third request succeeds
    ///
    /// - Parameters:
    ///   - request: The kind of request.
    ///   - faults: The faults. The first one answers the first request.
    public func fail(_ request: Request, with faults: [Fault]) {
        let errors = faults.map { rd_kafka_resp_err_t(rawValue: $0.rawValue) }
        withCluster { rd_kafka_mock_push_request_errors_array($0, request.rawValue, errors.count, errors) }
    }

    /// Removes the faults of ``fail(_:with:)`` that have not yet made a request fail.
    public func clearFaults(of request: Request) {
        withCluster { rd_kafka_mock_clear_request_errors($0, request.rawValue) }
    }

    /// A kind of request, by its API key in Kafka's protocol.
    public struct Request: RawRepresentable, Hashable, Sendable {
        /// The API key.
        public var rawValue: Int16

        /// Makes a kind of request from its API key.
        public init(rawValue: Int16) {
            self.rawValue = rawValue
        }

        /// Appends records.
        public static let produce = Request(rawValue: 0)
        /// Reads records.
        public static let fetch = Request(rawValue: 1)
        /// Asks for the first and last offsets.
        public static let listOffsets = Request(rawValue: 2)
        /// Asks for topics, partitions and leaders.
        public static let metadata = Request(rawValue: 3)
        /// Commits offsets.
        public static let offsetCommit = Request(rawValue: 8)
        /// Asks for committed offsets.
        public static let offsetFetch = Request(rawValue: 9)
        /// Asks for a group's coordinator.
        public static let findCoordinator = Request(rawValue: 10)
        /// Joins a group.
        public static let joinGroup = Request(rawValue: 11)
        /// Tells a group's coordinator that a member is alive.
        public static let heartbeat = Request(rawValue: 12)
    }

    /// The way in which a request fails, by the error code in Kafka's protocol.
    public struct Fault: RawRepresentable, Hashable, Sendable {
        /// The error code.
        public var rawValue: Int32

        /// Makes a fault from its error code.
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// The connection breaks.
        public static let disconnect = Fault(rawValue: -195)
        /// The topic or partition does not exist.
        public static let unknownTopicOrPartition = Fault(rawValue: 3)
        /// Another broker leads the partition.
        public static let notLeader = Fault(rawValue: 6)
        /// The request timed out in the broker.
        public static let requestTimedOut = Fault(rawValue: 7)
        /// The message is larger than the limit of the broker.
        public static let messageTooLarge = Fault(rawValue: 10)
        /// The group has no coordinator at the moment.
        public static let coordinatorNotAvailable = Fault(rawValue: 15)
        /// Another broker coordinates the group.
        public static let notCoordinator = Fault(rawValue: 16)
        /// Too few replicas are in sync.
        public static let notEnoughReplicas = Fault(rawValue: 19)
        /// The group is rebalancing.
        public static let rebalanceInProgress = Fault(rawValue: 27)
        /// The user is not allowed to use the topic.
        public static let topicAuthorizationFailed = Fault(rawValue: 29)
        /// The user is not allowed to use the group.
        public static let groupAuthorizationFailed = Fault(rawValue: 30)
    }
}
