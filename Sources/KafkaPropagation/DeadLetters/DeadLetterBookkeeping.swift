internal import ContextLog

/// The facts in a dead letter's headers: where the record came from, why it died and how often. A pure value.
struct DeadLetterBookkeeping: Sendable, Equatable {
    /// The place from which the record was first consumed.
    var origin: KafkaTopicPartitionOffset?
    var originalTimestamp: KafkaTimestamp?
    /// How often the record has died since it was last replayed.
    var deaths = 0
    var attempts = 0
    var time: KafkaTimestamp?
    /// How often the record was sent back from a dead-letter topic.
    var replays = 0
    var consumerGroup: String?
    var errorType: String?
    var errorMessage: String?
}

// MARK: Reading

extension DeadLetterBookkeeping {
    /// Reads the headers. If a name appears more than once, its last header counts, as in the Java client.
    ///
    /// - Returns: Every fact that could be read, and the first header that could not: it is null, is not of its form,
    ///   or is missing beside the other parts of the origin.
    static func read(_ headers: [KafkaHeader]) -> (facts: DeadLetterBookkeeping, malformed: DeadLetterHeader?) {
        var reading = Reading(headers)
        var facts = DeadLetterBookkeeping()
        let topic = reading.value(.originalTopic, DeadLetterText.topic)
        let partition = reading.value(.originalPartition) { bytes in
            DeadLetterText.number(bytes).flatMap(Int32.init(exactly:))
        }
        let offset = reading.value(.originalOffset, DeadLetterText.number)
        if let topic, let partition, let offset {
            facts.origin = KafkaTopicPartitionOffset(
                topic: topic,
                partition: KafkaPartition(rawValue: Int(partition)),
                offset: KafkaOffset(rawValue: offset)
            )
        } else if topic != nil || partition != nil || offset != nil {
            reading.malformed =
                reading.malformed
                ?? (topic == nil ? .originalTopic : partition == nil ? .originalPartition : .originalOffset)
        }
        let time = reading.value(.originalTimestamp, DeadLetterText.number)
        // The timestamp belongs to the origin, and says nothing about another place.
        if facts.origin != nil { facts.originalTimestamp = time.map(KafkaTimestamp.init) }
        facts.deaths = reading.value(.deaths, DeadLetterText.number) ?? 0
        facts.attempts = reading.value(.attempts, DeadLetterText.number) ?? 0
        facts.time = reading.value(.time, DeadLetterText.number).map(KafkaTimestamp.init)
        facts.replays = reading.value(.replays, DeadLetterText.number) ?? 0
        facts.consumerGroup = reading.value(.consumerGroup, DeadLetterText.text)
        facts.errorType = reading.value(.errorType, DeadLetterText.text)
        facts.errorMessage = reading.value(.errorMessage, DeadLetterText.text)
        return (facts, reading.malformed)
    }

    private struct Reading {
        private var values: [DeadLetterHeader: [UInt8]?] = [:]
        var malformed: DeadLetterHeader?

        init(_ headers: [KafkaHeader]) {
            for header in headers {
                guard let name = DeadLetterHeader(rawValue: header.key) else { continue }
                values.updateValue(header.value, forKey: name)
            }
        }

        mutating func value<Value>(_ header: DeadLetterHeader, _ parse: ([UInt8]) -> Value?) -> Value? {
            guard let bytes = values[header] else { return nil }
            if let value = bytes.flatMap(parse) { return value }
            malformed = malformed ?? header
            return nil
        }
    }
}

extension KafkaTimestamp {
    fileprivate init(_ milliseconds: Int) {
        self.init(millisecondsSinceEpoch: Int64(milliseconds))
    }
}

// MARK: Writing

extension DeadLetterBookkeeping {
    /// How many bytes of a consumer group's or an error type's name are written at most.
    private static let nameLimit = 255

    /// The facts after one more death of a record.
    ///
    /// A record that died before keeps its first origin. An origin that cannot be read counts as none.
    init(
        death record: KafkaRecord,
        headers: [KafkaHeader],
        error: any Error,
        attempts: Int,
        groupID: String?,
        time: KafkaTimestamp
    ) {
        self = Self.read(headers).facts
        if origin == nil {
            if Self.canBeOrigin(record) {
                origin = record.topicPartitionOffset
                originalTimestamp = record.timestamp.flatMap { $0.millisecondsSinceEpoch >= 0 ? $0 : nil }
            }
            deaths = 0
        }
        deaths = deaths == .max ? .max : deaths + 1
        self.attempts = max(0, attempts)
        self.time = time
        consumerGroup = groupID
        errorType = errorTypeName(type(of: error))
        errorMessage = String(describing: error)
    }

    /// Whether the headers can hold the place of a record. They can for every record of a broker.
    private static func canBeOrigin(_ record: KafkaRecord) -> Bool {
        DeadLetterText.topic(Array(record.topic.utf8)) != nil && record.offset.isAbsolute
            && (0...Int(Int32.max)).contains(record.partition.rawValue)
    }

    /// The headers that hold these facts.
    ///
    /// - Parameter limit: How many bytes the names and values of the headers may have in sum. The numbers and the
    ///   origin are always written; they have 600 bytes at most. The texts get the rest: first the consumer group,
    ///   then the type of the error, then its message, which is cut.
    func headers(limit: Int) -> [KafkaHeader] {
        var headers: [KafkaHeader] = []
        var size = 0
        func add(_ header: DeadLetterHeader, _ value: [UInt8]) {
            headers.append(KafkaHeader(key: header.name, value: value))
            size += header.name.utf8.count + value.count
        }
        func add(_ header: DeadLetterHeader, _ number: (some BinaryInteger)?) {
            if let number { add(header, Array(String(number).utf8)) }
        }
        func add(_ header: DeadLetterHeader, _ text: String?, limit textLimit: Int) {
            let room = limit - size - header.name.utf8.count
            if let text, room > 0 { add(header, DeadLetterText.bytes(of: text, limit: min(room, textLimit))) }
        }
        if let origin {
            add(.originalTopic, Array(origin.topic.utf8))
            add(.originalPartition, origin.partition.rawValue)
            add(.originalOffset, origin.offset?.rawValue)
            add(.originalTimestamp, originalTimestamp?.millisecondsSinceEpoch)
        }
        add(.deaths, deaths)
        add(.attempts, attempts)
        add(.time, time?.millisecondsSinceEpoch)
        if replays > 0 { add(.replays, replays) }
        add(.consumerGroup, consumerGroup, limit: Self.nameLimit)
        add(.errorType, errorType, limit: Self.nameLimit)
        add(.errorMessage, errorMessage, limit: limit)
        return headers
    }
}
