/// The headers that ma-logger adds to a dead letter. Their names are part of the public contract:
/// ``KafkaDeadLetterTopic`` documents them.
enum DeadLetterHeader: String, CaseIterable {
    case originalTopic = "dead-letter-original-topic"
    case originalPartition = "dead-letter-original-partition"
    case originalOffset = "dead-letter-original-offset"
    case originalTimestamp = "dead-letter-original-timestamp"
    case deaths = "dead-letter-deaths"
    case attempts = "dead-letter-attempts"
    case time = "dead-letter-time"
    case replays = "dead-letter-replays"
    case consumerGroup = "dead-letter-consumer-group"
    case errorType = "dead-letter-error-type"
    case errorMessage = "dead-letter-error-message"

    /// The name as Kafka has it: ASCII, so that comparing texts is comparing bytes.
    var name: String { rawValue }
}

extension [KafkaHeader] {
    /// The application's headers: those that no dead letter adds.
    var withoutDeadLetterHeaders: [KafkaHeader] { filter { DeadLetterHeader(rawValue: $0.key) == nil } }
}
