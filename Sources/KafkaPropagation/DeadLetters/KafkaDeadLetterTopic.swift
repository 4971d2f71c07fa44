internal import ContextPropagation

/// A topic for records whose handling failed for good, and the form that they have there.
///
/// When to use it: give one to a consumer that must go on after a record that it cannot handle. To send the records
/// back later, call ``replayDeadLetters(_:where:)``; to read one, use ``KafkaDeadLetter``.
///
///     let letters = KafkaDeadLetterTopic { topic in "\(topic).dead-letters" }
///     do {
///         try await detect(record)
///     } catch {
///         try await letters.send(record, error: error, attempts: 1, groupID: "detectors", through: producer)
///     }
///
/// A dead letter has the key, the value and the application's headers of the record, byte for byte: a tombstone stays
/// a tombstone, and null, empty and repeated headers stay as they are. Only in the name of a header, bytes that are not
/// UTF-8 become U+FFFD. It continues the record's trace. It has the
/// time of its death as its timestamp, so that the topic's retention counts from there. These headers are added, as
/// text. They *replace* earlier ones when a dead letter dies again:
///
/// | header | value |
/// |---|---|
/// | `dead-letter-original-topic` | the topic from which the record was first consumed |
/// | `dead-letter-original-partition` | its partition there |
/// | `dead-letter-original-offset` | its offset there |
/// | `dead-letter-original-timestamp` | its timestamp there, in milliseconds since 1970; absent if it had none |
/// | `dead-letter-deaths` | how often it has died since then, this time included |
/// | `dead-letter-attempts` | how often it was handled before it died this time |
/// | `dead-letter-time` | when it died, in milliseconds since 1970 |
/// | `dead-letter-replays` | how often it was replayed; absent if never |
/// | `dead-letter-consumer-group` | the group that could not handle it; absent if unknown |
/// | `dead-letter-error-type` | the type of the error, such as `Detector.ModelError` |
/// | `dead-letter-error-message` | the error as text, cut, with a blank for each control character |
///
/// The four `original` headers survive a second death, also in another topic. A replay removes all of them except
/// `dead-letter-replays`, so that a record which dies after a replay has the replayed record as its origin. A program
/// that writes to the dead-letter topic decides by these headers where a replay sends its records: restrict the write
/// access to the topic.
public struct KafkaDeadLetterTopic: Sendable {
    private let name: @Sendable (String) -> String
    /// The name, if it is the same for every record.
    private let fixedName: String?

    /// How the partition is chosen. By default, the producer's partitioner chooses by the key.
    public var partition: KafkaDeadLetterPartition = .byKey

    /// How many bytes the added headers may have in sum; 4,096 by default.
    ///
    /// Headers count toward the size of a message. The numbers and the origin are always added; they have 600 bytes at
    /// most. The error's message gets what the other headers leave.
    public var maximumAddedBytes = 4096

    /// One topic for every dead letter.
    public init(_ name: String) {
        self.name = { _ in name }
        fixedName = name
    }

    /// A topic for the dead letters of each topic.
    ///
    /// - Parameter name: Makes the name of the dead-letter topic from the name of the record's topic.
    public init(_ name: @escaping @Sendable (_ topic: String) -> String) {
        self.name = name
        fixedName = nil
    }

    /// Throws if no broker can have a topic of this name, or if the dead letters of one of these topics would go back
    /// into it.
    func check(reading topics: some Sequence<String>) throws(KafkaError) {
        if let fixedName, DeadLetterText.topic(Array(fixedName.utf8)) == nil {
            throw KafkaError(
                .configuration,
                "is not the name of a topic",
                subject: "dead-letter topic \"\(fixedName.withoutNUL)\"",
                hint: "Use 1 to 249 letters, digits, dots, underscores and hyphens"
            )
        }
        for topic in topics where isOwn(topic) {
            throw KafkaError(
                .configuration,
                "the consumer reads this topic itself, so a record that always fails would come back for ever",
                subject: "dead-letter topic \"\(topic)\"",
                hint: "Use a topic that this consumer does not read"
            )
        }
    }

    /// Whether the dead letters of this topic go back into it.
    private func isOwn(_ topic: String) -> Bool { name(topic) == topic }

    /// Whether a record is in the dead-letter topic of its consumer. Its dead letter would come back for ever, or make
    /// a topic with a longer name each time.
    ///
    /// - Parameter readsPattern: Whether the consumer reads every topic whose name fits a pattern. If it names its
    ///   topics, a dead-letter topic among them may have dead letters of its own.
    func isOwn(_ record: KafkaRecord, readsPattern: Bool) -> Bool {
        if isOwn(record.topic) { return true }
        guard readsPattern, let letter = KafkaDeadLetter(record) else { return false }
        // Each death may have moved the record one topic further. A name has at most 249 characters.
        var topic = letter.origin.topic
        for _ in 0..<min(letter.deaths, 250) {
            topic = name(topic)
            if topic == record.topic { return true }
        }
        return false
    }

    /// Makes the dead letter of a record, and does not send it.
    ///
    /// When to use it: to change the message before you send it. Otherwise use
    /// ``send(_:error:attempts:groupID:through:)``.
    ///
    /// - Parameters:
    ///   - record: The record that could not be handled.
    ///   - error: The reason.
    ///   - attempts: How often the record was handled.
    ///   - groupID: The consumer group that handled it.
    /// - Returns: A message whose context is the record's.
    public func message(
        for record: KafkaRecord,
        error: any Error,
        attempts: Int,
        groupID: String? = nil
    ) -> KafkaMessage {
        message(for: record, error: error, attempts: attempts, groupID: groupID, time: .now, limit: maximumAddedBytes)
    }

    func message(
        for record: KafkaRecord,
        error: any Error,
        attempts: Int,
        groupID: String?,
        time: KafkaTimestamp,
        limit: Int
    ) -> KafkaMessage {
        let headers = record.headers
        let facts = DeadLetterBookkeeping(
            death: record,
            headers: headers,
            error: error,
            attempts: attempts,
            groupID: groupID,
            time: time
        )
        var message = KafkaMessage(topic: name(record.topic), forwarding: record)
        message.headers = headers.withoutDeadLetterHeaders + facts.headers(limit: limit)
        message.partition = partition == .original ? record.partition : nil
        message.context = record.context
        return message
    }
}
