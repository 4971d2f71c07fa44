internal import ContextLog
internal import ContextPropagation

extension KafkaDeadLetterTopic {
    /// Sends the dead letter of a record, and suspends until it is acknowledged.
    ///
    /// The record is not committed: do that when this call has returned. If it throws, the record has no dead letter,
    /// so do not commit it; try again later. It logs one line, with the error, in the record's context.
    ///
    /// A message that is too large for the producer or the broker is sent once more without the error's type and
    /// message and without the group.
    ///
    /// - Parameters:
    ///   - record: The record that could not be handled.
    ///   - error: The reason.
    ///   - attempts: How often the record was handled.
    ///   - groupID: The consumer group that handled it.
    ///   - producer: Sends the message.
    /// - Returns: The place of the dead letter; the offset is nil if the producer asks for no acknowledgements.
    /// - Throws: ``KafkaError/Code/messageTooLarge`` if the record does not fit even without the error's text;
    ///   ``KafkaError/Code/cancelled``, when the dead letter may still be delivered; every other error of
    ///   ``KafkaProducer/send(_:)``.
    @discardableResult
    public func send(
        _ record: KafkaRecord,
        error: any Error,
        attempts: Int,
        groupID: String? = nil,
        through producer: KafkaProducer
    ) async throws(KafkaError) -> KafkaTopicPartitionOffset {
        try await record.withContext { () async throws(KafkaError) -> KafkaTopicPartitionOffset in
            let time = KafkaTimestamp.now
            func message(limit: Int) -> KafkaMessage {
                self.message(for: record, error: error, attempts: attempts, groupID: groupID, time: time, limit: limit)
            }
            let place: KafkaTopicPartitionOffset
            do throws(KafkaError) {
                place = try await Self.send(message(limit: maximumAddedBytes), through: producer)
            } catch {
                guard error.code == .messageTooLarge else { throw error }
                ClientLog.consumer.warning("dead letter too large, sending it without the error's text") {
                    $0.record = record.topicPartitionOffset
                }
                place = try await Self.sendSmallest(message(limit: 0), of: record, through: producer)
            }
            ClientLog.consumer.warning("record sent to the dead-letter topic", error: error) {
                $0.record = record.topicPartitionOffset
                $0.dead_letter = place
                $0.attempts = attempts
            }
            return place
        }
    }

    private static func sendSmallest(
        _ message: KafkaMessage,
        of record: KafkaRecord,
        through producer: KafkaProducer
    ) async throws(KafkaError) -> KafkaTopicPartitionOffset {
        do throws(KafkaError) {
            return try await send(message, through: producer)
        } catch {
            guard error.code == .messageTooLarge else { throw error }
            throw KafkaError(
                .messageTooLarge,
                "the dead letter does not fit into \(message.topic), even without the error's text: it has "
                    + "\(message.size) bytes",
                subject: "\(record.topicPartitionOffset)",
                hint: "Raise message.max.bytes of the producer and max.message.bytes of the topic, or skip the record"
            )
        }
    }

    private static func send(
        _ message: KafkaMessage,
        through producer: KafkaProducer
    ) async throws(KafkaError) -> KafkaTopicPartitionOffset {
        do {
            return try await producer.send(message)
        } catch {
            // The only other error is that of a cancelled task.
            throw error as? KafkaError ?? .cancelled
        }
    }
}

extension KafkaMessage {
    /// The bytes of the key, the value and the headers, before the context is added.
    fileprivate var size: Int {
        headers.reduce((key?.count ?? 0) + (value?.count ?? 0)) {
            $0 + $1.key.utf8.count + ($1.value?.count ?? 0)
        }
    }
}
