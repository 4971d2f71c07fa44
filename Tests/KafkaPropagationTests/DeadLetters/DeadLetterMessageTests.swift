import ContextPropagation
import TestSupport
import Testing

@testable import KafkaPropagation

/// The form of a dead letter, without a broker.
@Suite("The message of a dead letter", .timeLimit(.minutes(10)))
struct DeadLetterMessageTests {
    struct ModelError: Error, CustomStringConvertible {
        var description = "the model is gone"
    }

    private let letters = KafkaDeadLetterTopic { "\($0).dead-letters" }
    private let time = KafkaTimestamp(millisecondsSinceEpoch: 1_764_000_000_000)

    private func message(
        _ record: KafkaRecord,
        _ error: any Error = ModelError(),
        attempts: Int = 3,
        group: String? = "detectors",
        limit: Int = 4096
    ) -> KafkaMessage {
        letters.message(for: record, error: error, attempts: attempts, groupID: group, time: time, limit: limit)
    }

    /// The record that a consumer of the dead-letter topic gets.
    private func record(of message: KafkaMessage, offset: KafkaOffset) -> KafkaRecord {
        KafkaRecord(
            topic: message.topic,
            partition: 9,
            offset: offset,
            key: message.key,
            value: message.value,
            headers: message.headers,
            context: message.context
        )
    }

    @Test("The added headers have these names and forms")
    func names() {
        let record = KafkaRecord(
            topic: "frames",
            partition: 3,
            offset: 42,
            key: "north-gate",
            value: "x",
            timestamp: KafkaTimestamp(millisecondsSinceEpoch: 1_763_000_000_000)
        )
        let message = message(record)
        #expect(message.topic == "frames.dead-letters")
        #expect(message.partition == nil && message.timestamp == nil)
        #expect(
            message.headers == [
                KafkaHeader(key: "dead-letter-original-topic", value: "frames"),
                KafkaHeader(key: "dead-letter-original-partition", value: "3"),
                KafkaHeader(key: "dead-letter-original-offset", value: "42"),
                KafkaHeader(key: "dead-letter-original-timestamp", value: "1763000000000"),
                KafkaHeader(key: "dead-letter-deaths", value: "1"),
                KafkaHeader(key: "dead-letter-attempts", value: "3"),
                KafkaHeader(key: "dead-letter-time", value: "1764000000000"),
                KafkaHeader(key: "dead-letter-consumer-group", value: "detectors"),
                KafkaHeader(
                    key: "dead-letter-error-type",
                    value: "KafkaPropagationTests.DeadLetterMessageTests.ModelError"
                ),
                KafkaHeader(key: "dead-letter-error-message", value: "the model is gone"),
            ]
        )
    }

    @Test("The context is the record's, and the partition is the record's if asked for")
    func contextAndPartition() {
        let record = KafkaRecord(topic: "frames", partition: 3, value: "x")
        var letters = KafkaDeadLetterTopic("graveyard")
        letters.partition = .original
        let message = letters.message(for: record, error: ModelError(), attempts: 1)
        #expect(message.topic == "graveyard")
        #expect(message.partition == 3)
        #expect(message.context == record.context)
        #expect(message.context?.spanID == record.context.spanID)
    }

    @Test("An error text of 1 MB is cut between two characters, and its control characters are blanks")
    func largeError() throws {
        for shift in 0..<4 {
            let text =
                "\u{1B}[31mline 1\r\nline 2\u{0}\u{85}\u{2028}" + String(repeating: "x", count: shift)
                + String(repeating: "💥", count: 262_144)
            let message = message(KafkaRecord(topic: "frames", value: "x"), ModelError(description: text))
            let value = try #require(message.headers.last?.value)
            let kept = try #require(String(validating: value, as: UTF8.self))
            #expect(kept.hasPrefix(" [31mline 1  line 2   x".prefix(shift == 0 ? 22 : 23)))
            #expect(kept.hasSuffix("💥"))
            let size = size(of: message.headers)
            #expect((4093...4096).contains(size))
        }
    }

    @Test("The added bytes stay within the limit, whatever the names and texts are")
    func limit() {
        let long = String(repeating: "é", count: 5000)
        let record = KafkaRecord(
            topic: String(repeating: "t", count: 249),
            partition: .init(rawValue: Int(Int32.max)),
            offset: .init(rawValue: .max),
            value: "x",
            headers: [
                KafkaHeader(key: "dead-letter-deaths", value: "\(Int.max)"),
                KafkaHeader(key: "dead-letter-replays", value: "\(Int.max)"),
            ],
            timestamp: KafkaTimestamp(millisecondsSinceEpoch: .max)
        )
        for limit in [0, 1, 599, 600, 700, 1000, 1200, 4096] {
            let message = message(
                record,
                ModelError(description: long),
                attempts: .max,
                group: long,
                limit: limit
            )
            #expect(size(of: message.headers) <= max(limit, 600))
            #expect(message.headers.allSatisfy { $0.text.map { !$0.contains("\u{FFFD}") } == true })
        }
        let unusual = KafkaRecord(topic: String(repeating: "t", count: 100_000), value: "x")
        #expect(size(of: message(unusual).headers) <= 4096)
    }

    private func size(of headers: [KafkaHeader]) -> Int {
        headers.reduce(0) { $0 + $1.key.utf8.count + ($1.value?.count ?? 0) }
    }

    @Test("A dead letter that dies again keeps its first origin, and counts its deaths")
    func secondDeath() throws {
        let first = KafkaRecord(topic: "frames", partition: 3, offset: 42, value: "x", timestamp: time)
        let once = record(of: message(first), offset: 7)
        let twice = record(of: message(once, ModelError(description: "still gone"), attempts: 5), offset: 8)
        let thrice = record(of: message(twice), offset: 9)
        let letter = try #require(KafkaDeadLetter(twice))
        #expect(letter.origin == first.topicPartitionOffset)
        #expect(letter.originalTimestamp == time)
        #expect(letter.deaths == 2)
        #expect(letter.attempts == 5)
        #expect(letter.errorMessage == "still gone")
        #expect(KafkaDeadLetter(thrice)?.deaths == 3)
        #expect(KafkaDeadLetter(thrice)?.origin == first.topicPartitionOffset)
        #expect(Set(thrice.headers.map(\.key)).count == thrice.headers.count)
    }

    @Test("A record with an origin that cannot be is its own origin", arguments: HostileHeaders.origins)
    func hostileOrigin(_ headers: [KafkaHeader]) throws {
        let record = KafkaRecord(topic: "frames", partition: 3, offset: 42, value: "x", headers: headers)
        #expect(KafkaDeadLetter(record) == nil)
        let letter = try #require(KafkaDeadLetter(self.record(of: message(record), offset: 7)))
        #expect(letter.origin == record.topicPartitionOffset)
        #expect(letter.deaths == 1)
    }

    @Test("A fact that cannot be read is replaced when the record dies", arguments: HostileHeaders.facts)
    func hostileFact(_ headers: [KafkaHeader]) throws {
        let record = KafkaRecord(topic: "letters", value: "x", headers: headers)
        #expect(KafkaDeadLetter(record) == nil)
        let letter = try #require(KafkaDeadLetter(self.record(of: message(record), offset: 7)))
        #expect(letter.origin == KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: 1))
        #expect(letter.deaths == 1)
        #expect(letter.attempts == 3)
        #expect(letter.replays == 0)
    }

    @Test("A record made by hand at a place that no broker has gets no origin, and its letter stays readable")
    func impossiblePlace() {
        let records = [
            KafkaRecord(topic: "frames", partition: .unassigned, value: "x"),
            KafkaRecord(topic: "frames", partition: .init(rawValue: .max), value: "x"),
            KafkaRecord(topic: "frames", offset: .end, value: "x"),
            KafkaRecord(topic: "fra mes", value: "x"),
        ]
        for record in records {
            let (facts, malformed) = DeadLetterBookkeeping.read(message(record).headers)
            #expect(facts.origin == nil && malformed == nil, "\(record.topicPartitionOffset)")
        }
        let early = KafkaRecord(
            topic: "frames",
            value: "x",
            timestamp: KafkaTimestamp(millisecondsSinceEpoch: -1)
        )
        let letter = KafkaDeadLetter(self.record(of: message(early), offset: 1))
        #expect(letter?.origin == early.topicPartitionOffset)
        #expect(letter?.originalTimestamp == nil)
    }

    @Test("Of random records, the key, the value and the application's headers stay as they are")
    func properties() throws {
        var random = SplitMix(state: 11)
        for round in 0..<3000 {
            let first = Self.randomRecord(&random)
            let application = first.headers.filter { !$0.key.hasPrefix("dead-letter-") || $0.key == "dead-letter-x" }
            let isLetter = first.headers.contains { $0.key == "dead-letter-original-topic" }
            var record = first
            for death in 1...Int.random(in: 1...4, using: &random) {
                let message = message(record, attempts: death)
                let added = message.headers.dropFirst(application.count).map(\.key)
                record = self.record(of: message, offset: .init(rawValue: death))
                let letter = try #require(KafkaDeadLetter(record), "round \(round)")
                try #require(
                    record.key == first.key && record.value == first.value
                        && record.headers.starts(with: application) && Set(added).count == added.count
                        && added.allSatisfy { DeadLetterHeader(rawValue: $0) != nil }
                        && letter.attempts == death
                        && (isLetter || letter.origin == first.topicPartitionOffset && letter.deaths == death),
                    "round \(round), death \(death)"
                )
            }
            let replayed = try #require(KafkaDeadLetter(record), "round \(round)").replayed(.byKey)
            try #require(
                Array(replayed.headers.dropLast()) == application && replayed.headers.last?.key == "dead-letter-replays"
                    && replayed.key == first.key && replayed.value == first.value,
                "round \(round)"
            )
        }
    }

    private static func randomRecord(_ random: inout SplitMix) -> KafkaRecord {
        func bytes(_ random: inout SplitMix) -> [UInt8]? {
            switch Int.random(in: 0..<5, using: &random) {
            case 0: nil
            case 1: []
            case 2: Array("\(Int.random(in: -5...500, using: &random))".utf8)
            default:
                (0..<Int.random(in: 1...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
        }
        let names =
            ["a", "tenant", "", "é", "traceparent", "dead-letter-x"]
            + (Bool.random(using: &random) ? DeadLetterHeader.allCases.map(\.rawValue) : [])
        return KafkaRecord(
            topic: "frames",
            partition: .init(rawValue: Int.random(in: 0..<100, using: &random)),
            offset: .init(rawValue: Int.random(in: 0..<1_000_000, using: &random)),
            key: bytes(&random),
            value: bytes(&random),
            headers: (0..<Int.random(in: 0..<8, using: &random)).map { _ in
                KafkaHeader(key: names.randomElement(using: &random) ?? "", value: bytes(&random))
            },
            timestamp: Bool.random(using: &random) ? .now : nil
        )
    }
}
