internal import ContextLog
internal import ContextPropagation

/// One replay of dead letters: its clients, and its progress.
struct DeadLetterReplay {
    private let configuration: KafkaReplayConfiguration
    private let consumer: KafkaConsumer
    private let producer: KafkaProducer
    private(set) var summary = KafkaReplaySummary()
    /// How many records may still be sent.
    private var left: Int

    /// A record that was read, and its delivery, unless it is skipped.
    private typealias Step = (record: KafkaRecord, delivery: Promise<KafkaDeliveryReport>?)

    init(_ configuration: KafkaReplayConfiguration) throws(KafkaError) {
        try KafkaError.check(topic: configuration.topic)
        self.configuration = configuration
        left = max(0, configuration.limit)
        producer = try KafkaProducer(configuration.producerConfiguration)
        consumer = try KafkaConsumer(configuration.consumerConfiguration)
    }

    func shutDown() async {
        await consumer.shutdown()
        // Every message that was waited for has its report.
        try? await producer.shutdown()
    }

    mutating func run(_ isIncluded: (KafkaDeadLetter) -> Bool) async throws(KafkaError) {
        let ranges = try await unread()
        if ranges.isEmpty || left == 0 { return }
        let bounds = consumer.core.loop.bounds
        let feed = consumer.core.feed
        bounds.set(ranges.mapValues(\.upperBound)) { feed.end(nil, discarding: false) }
        try await consumer.assign(ranges.map { $0.at($1.lowerBound) })
        // It ends after the records that wait when every bound is reached.
        for try await batch in consumer.batches {
            let records = batch.filter { ranges[$0.topicPartition]?.contains($0.offset.rawValue) == true }
            try await replay(records, isIncluded)
            if left == 0 { break }
            for place in batch.nextOffsets { bounds.note(place) }
        }
        if left > 0 && Task.isCancelled { throw .cancelled }
    }

    /// Logs how far the replay came.
    ///
    /// - Parameter isComplete: Whether it came to its end or its limit.
    func logSummary(isComplete: Bool) {
        ClientLog.consumer.info("dead letters replayed") {
            $0.topic = configuration.topic
            $0.replayed = summary.replayed
            $0.skipped = summary.skipped
            $0.complete = isComplete
        }
    }

    /// The offsets that are to be read: from where the group left off to the present end. Partitions without any are
    /// left out.
    private func unread() async throws(KafkaError) -> [KafkaTopicPartition: Range<Int>] {
        let topic = configuration.topic
        guard let metadata = try await consumer.metadata(of: topic).topics.first(where: { $0.name == topic }) else {
            throw KafkaError(
                .unknownTopicOrPartition,
                "there is no such topic",
                subject: topic,
                hint: "Correct the name of the topic with the dead letters"
            )
        }
        let partitions = metadata.partitions.map { KafkaTopicPartition(topic: topic, partition: $0.id) }
        var ranges: [KafkaTopicPartition: Range<Int>] = [:]
        for place in try await consumer.committed(topicPartitions: partitions) {
            let marks = try await consumer.watermarks(of: place.topicPartition)
            let records = marks.low.rawValue..<marks.high.rawValue
            // A place before the first record was deleted since. One after the end is of an earlier topic of this name.
            let start = place.offset.map(\.rawValue) ?? records.lowerBound
            let range = start > records.upperBound ? records : max(start, records.lowerBound)..<records.upperBound
            if !range.isEmpty { ranges[place.topicPartition] = range }
        }
        return ranges
    }

    /// Sends records, waits for their reports, and commits those that are done.
    private mutating func replay(
        _ records: [KafkaRecord],
        _ isIncluded: (KafkaDeadLetter) -> Bool
    ) async throws(KafkaError) {
        var steps: [Step] = []
        /// The reason for which no more records are sent. Records before that one may have failed as well.
        var refusal: KafkaError?
        var failure: KafkaError?
        for record in records where left > 0 {
            if Task.isCancelled {
                refusal = .cancelled
                break
            }
            guard let message = record.withContext({ message(for: record, isIncluded) }) else {
                steps.append((record, nil))
                continue
            }
            do throws(KafkaError) {
                steps.append((record, try await enqueue(message)))
                left -= 1
            } catch {
                refusal = Self.failure(of: record, error)
                break
            }
        }
        for (record, delivery) in steps {
            if let delivery {
                if let error = await report(of: delivery).error {
                    let error = Self.failure(of: record, error)
                    failure = failure ?? error
                    continue
                }
                summary.replayed += 1
            }
            // Only the front of a partition is committed, so nothing behind a failed record.
            try consumer.storeOffset(record)
        }
        try await consumer.commitStoredOffsets()
        if let error = failure ?? refusal { throw error }
    }

    /// The message to send; nil if the record is skipped.
    private mutating func message(
        for record: KafkaRecord,
        _ isIncluded: (KafkaDeadLetter) -> Bool
    ) -> KafkaMessage? {
        let reason: String
        switch KafkaDeadLetter.Reading(record) {
        case .letter(let letter):
            if isIncluded(letter) { return letter.replayed(configuration.partition) }
            summary.filtered += 1
            return nil
        case .noOrigin:
            summary.withoutOrigin += 1
            reason = "the header \(DeadLetterHeader.originalTopic.name) is missing"
        case .malformed(let header):
            summary.malformed += 1
            reason = "the header \(header.name) is malformed"
        }
        ClientLog.consumer.warning("dead letter skipped") {
            $0.dead_letter = record.topicPartitionOffset
            $0.reason = reason
        }
        return nil
    }

    private func enqueue(_ message: KafkaMessage) async throws(KafkaError) -> Promise<KafkaDeliveryReport> {
        let delivery = Promise<KafkaDeliveryReport>()
        while true {
            do throws(KafkaError) {
                try producer.enqueue(message) { delivery.resolve($0) }
                return delivery
            } catch {
                guard error.code == .queueFull else { throw error }
            }
            if !(await producer.core.waitForRoom()) { throw .cancelled }
        }
    }

    /// Waits for a report. After a cancellation, the messages that are on their way get the time of a shutdown.
    private func report(of delivery: Promise<KafkaDeliveryReport>) async -> KafkaDeliveryReport {
        producer.core.beginWaiting()
        let report = await delivery.valueUnlessCancelled
        producer.core.endWaiting()
        if let report { return report }
        try? await producer.shutdown()
        return await delivery.value
    }

    /// The error for a record that could not be sent. Logs it in the record's context.
    private static func failure(of record: KafkaRecord, _ error: KafkaError) -> KafkaError {
        if error.code == .cancelled { return error }
        record.withContext {
            ClientLog.consumer.error("dead letter not replayed", error: error) {
                $0.dead_letter = record.topicPartitionOffset
            }
        }
        return KafkaError(
            error.code,
            "the dead letter could not be sent back: \(error)",
            subject: "\(record.topicPartitionOffset)",
            hint: "Remove the cause and replay again, or leave the record out with `where`",
            isRetriable: error.isRetriable
        )
    }
}
