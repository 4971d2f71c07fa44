internal import CMALoggerRDKafka

/// An error after which librdkafka does not start to read partitions.
///
/// librdkafka asks the group's coordinator for the offset at which a partition begins. If the answer is an error, for
/// example because the coordinator moves to another broker, or because the user may not read the topic, librdkafka
/// reports it and never asks again. The consumer then looks healthy and reads nothing until the next rebalance, so such
/// partitions have to be assigned again.
struct FailedStart: Equatable {
    enum Partitions: Equatable {
        /// Every partition that has not begun, because the error does not name any.
        case all
        case some(Set<KafkaTopicPartition>)

        func contains(_ partition: KafkaTopicPartition) -> Bool {
            switch self {
            case .all: true
            case .some(let partitions): partitions.contains(partition)
            }
        }

        func union(_ other: Partitions) -> Partitions {
            guard case .some(let first) = self, case .some(let second) = other else { return .all }
            return .some(first.union(second))
        }
    }

    let partitions: Partitions
    /// The time before they are assigned again.
    let delay: Duration

    /// - Parameters:
    ///   - code: The code of an error that librdkafka reports.
    ///   - text: Its text.
    ///   - partition: The partition that it names.
    init?(_ code: rd_kafka_resp_err_t, _ text: String?, of partition: KafkaTopicPartition?) {
        switch code {
        case RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
            partitions = .all
            delay = .milliseconds(200)
        default:
            // Every such error begins with this text, for one partition and for a whole request.
            guard text?.hasPrefix("Failed to fetch committed offset") == true else { return nil }
            partitions = partition.map { .some([$0]) } ?? .all
            // Somebody may have to mend something, and each attempt reports its error.
            delay = .seconds(10)
        }
    }
}
