/// A record of a dead-letter topic, with the facts that its headers hold.
///
/// When to use it: to choose the records of a replay, and to look into a dead-letter topic.
///
///     for try await record in consumer {
///         guard let letter = KafkaDeadLetter(record) else { continue }
///         log.info("dead letter") { $0.origin = letter.origin; $0.type = letter.errorType }
///     }
///
/// ``KafkaDeadLetterTopic`` describes the headers.
public struct KafkaDeadLetter: Sendable {
    /// The record as it is in the dead-letter topic.
    public let record: KafkaRecord

    /// The place from which the record was first consumed.
    public let origin: KafkaTopicPartitionOffset

    private let facts: DeadLetterBookkeeping

    /// Reads the headers of a record.
    ///
    /// Returns nil if the record has no origin, or if one of the dead letter's headers is not of its form.
    public init?(_ record: KafkaRecord) {
        guard case .letter(let letter) = Reading(record) else { return nil }
        self = letter
    }

    private init(_ record: KafkaRecord, _ origin: KafkaTopicPartitionOffset, _ facts: DeadLetterBookkeeping) {
        self.record = record
        self.origin = origin
        self.facts = facts
    }

    /// The timestamp of the record at its origin; nil if it had none.
    public var originalTimestamp: KafkaTimestamp? { facts.originalTimestamp }

    /// How often the record has died since it was at its origin.
    public var deaths: Int { facts.deaths }

    /// How often the record was handled before it died the last time.
    public var attempts: Int { facts.attempts }

    /// When the record died the last time.
    public var time: KafkaTimestamp? { facts.time }

    /// How often the record was replayed.
    public var replays: Int { facts.replays }

    /// The consumer group that could not handle the record.
    public var consumerGroup: String? { facts.consumerGroup }

    /// The type of the error, such as `Detector.ModelError`.
    public var errorType: String? { facts.errorType }

    /// The error as text. It may have been cut.
    public var errorMessage: String? { facts.errorMessage }

    /// The outcome of reading the headers of a record.
    enum Reading {
        case letter(KafkaDeadLetter)
        case noOrigin
        case malformed(DeadLetterHeader)

        init(_ record: KafkaRecord) {
            let (facts, malformed) = DeadLetterBookkeeping.read(record.headers)
            if let malformed {
                self = .malformed(malformed)
            } else if let origin = facts.origin {
                self = .letter(KafkaDeadLetter(record, origin, facts))
            } else {
                self = .noOrigin
            }
        }
    }

    /// The message that sends the record back to its origin, in its own trace.
    func replayed(_ partition: KafkaDeadLetterPartition) -> KafkaMessage {
        var message = KafkaMessage(topic: origin.topic, forwarding: record)
        let replays = replays == .max ? .max : replays + 1
        message.headers = message.headers.withoutDeadLetterHeaders
        message.headers.append(KafkaHeader(key: DeadLetterHeader.replays.name, value: String(replays)))
        message.partition = partition == .original ? origin.partition : nil
        message.context = record.context
        return message
    }
}
