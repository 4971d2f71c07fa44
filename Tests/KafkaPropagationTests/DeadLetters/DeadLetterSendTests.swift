import ContextPropagation
import PropagationTesting
import Testing

@testable import KafkaPropagation

@Suite("Sending dead letters", .timeLimit(.minutes(10)))
struct DeadLetterSendTests {
    struct Failure: Error, CustomStringConvertible {
        var description = "no model"
    }

    /// Sends a message to a new topic, reads it, and lets it die. Returns the record and its dead letter.
    private func die(_ message: (String) -> KafkaMessage) async throws -> (record: KafkaRecord, letter: KafkaRecord) {
        let topic = try await TestBroker.topic()
        let letterTopic = try await TestBroker.topic()
        return try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            try await producer.send(message(topic))
            let record = try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { try await $0.takeOne() }
            let place = try await KafkaDeadLetterTopic(letterTopic)
                .send(record, error: Failure(), attempts: 2, groupID: "detectors", through: producer)
            #expect(place == KafkaTopicPartitionOffset(topic: letterTopic, partition: 0, offset: 0))
            let letter = try await withKafkaConsumer(TestBroker.consumer(.all(letterTopic))) { try await $0.takeOne() }
            return (record, letter)
        }
    }

    @Test(
        "A dead-letter topic that no broker can have is refused when the consumer is made, not at the first dead letter",
        arguments: ["", "dead letters", "letters\0old", "..", String(repeating: "l", count: 250)]
    )
    func impossibleTopic(name: String) throws {
        var options = ParallelConsumer.Options()
        options.deadLetters = .init(topic: name)
        let configuration = KafkaConsumerConfiguration(
            KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]),
            .group(id: "detectors", topics: ["frames"])
        )
        let error = #expect(throws: KafkaError.self) {
            try ParallelConsumer(configuration, maxConcurrency: 1, options: options) { _ in }
        }
        #expect(error?.code == .configuration && error?.subject?.hasPrefix("dead-letter topic \"") == true)
        #expect(error?.subject?.utf8.contains(0) == false)
    }

    @Test("A dead letter that a pattern of topics brings back has no dead letter; one that is read by name has")
    func chain() {
        let topic = KafkaDeadLetterTopic { "\($0).dead-letters" }
        let record = KafkaRecord(topic: "frames", partition: 0, offset: 3, value: "x")
        let message = topic.message(for: record, error: CancellationError(), attempts: 1)
        let letter = KafkaRecord(topic: message.topic, partition: 0, offset: 0, value: "x", headers: message.headers)
        #expect(topic.isOwn(letter, readsPattern: true))
        #expect(!topic.isOwn(letter, readsPattern: false))
        #expect(!topic.isOwn(record, readsPattern: true))
        let second = topic.message(for: letter, error: CancellationError(), attempts: 1)
        let further = KafkaRecord(topic: second.topic, partition: 0, offset: 0, value: "x", headers: second.headers)
        #expect(second.topic == "frames.dead-letters.dead-letters" && topic.isOwn(further, readsPattern: true))
        let other = KafkaRecord(topic: "frames.other", partition: 0, offset: 0, value: "x", headers: message.headers)
        #expect(!topic.isOwn(other, readsPattern: true))
    }

    @Test("The consumer's own producer sends dead letters of any size, unless the application has set a limit")
    func size() {
        let limit = "message.max.bytes"
        var connection = KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"])
        func letters() -> [String: String] {
            let consumer = KafkaConsumerConfiguration(connection, .group(id: "detectors", topics: ["frames"]))
            return ParallelEngine.letterConfiguration(consumer).properties
        }
        func replay() -> [String: String] {
            KafkaReplayConfiguration(connection, topic: "letters").producerConfiguration.properties
        }
        #expect(letters()[limit] == "1000000000" && replay()[limit] == "1000000000")
        connection.properties[limit] = "2000"
        #expect(letters()[limit] == nil && replay()[limit] == nil)
    }

    @Test("A dead-letter topic that the consumer reads itself is refused")
    func ownTopic() throws {
        var options = ParallelConsumer.Options()
        for deadLetters in [KafkaDeadLetterTopic("frames"), KafkaDeadLetterTopic { $0 }] {
            options.deadLetters = .init(deadLetters)
            let configuration = KafkaConsumerConfiguration(
                KafkaConfiguration(bootstrapServers: ["127.0.0.1:1"]),
                .group(id: "detectors", topics: ["clips", "frames"])
            )
            let error = #expect(throws: KafkaError.self) {
                try ParallelConsumer(configuration, maxConcurrency: 1, options: options) { _ in }
            }
            #expect(error?.code == .configuration && error?.subject?.hasPrefix("dead-letter topic \"") == true)
        }
    }

    @Test("A tombstone stays a tombstone, with its key, its headers and its trace")
    func tombstone() async throws {
        let headers = [
            KafkaHeader(key: "twice", value: "1"),
            KafkaHeader(key: "null", value: nil as String?),
            KafkaHeader(key: "empty", value: ""),
            KafkaHeader(key: "binary", value: [0xFF, 0x00, 0xFE]),
            KafkaHeader(key: "twice", value: "2"),
        ]
        let sender = LogContext.newTrace(executionID: "run-7")
        let (record, letter) = try await die { topic in
            KafkaMessage(topic: topic, key: [0xFF, 0x00], value: nil as [UInt8]?, headers: headers, context: sender)
        }
        #expect(letter.isTombstone)
        #expect(letter.key == [0xFF, 0x00])
        #expect(Array(letter.headers.prefix(headers.count)) == headers)
        #expect(letter.headers.filter { $0.key == "traceparent" }.count == 1)
        #expect(letter.context.traceID == sender.traceID)
        #expect(letter.context.parentSpanID == record.context.spanID)
        #expect(letter.context.executionID == "run-7")
        let facts = try #require(KafkaDeadLetter(letter))
        #expect(facts.origin == record.topicPartitionOffset)
        #expect(facts.originalTimestamp == record.timestamp)
        #expect(facts.attempts == 2)
        #expect(facts.consumerGroup == "detectors")
        #expect(facts.errorMessage == "no model")
    }

    @Test("An empty key and an empty value are neither null nor absent afterwards")
    func empty() async throws {
        let (_, letter) = try await die { KafkaMessage(topic: $0, key: "", value: "") }
        #expect(letter.key == [] && letter.value == [])
        let (_, keyless) = try await die { KafkaMessage(topic: $0, value: "x") }
        #expect(keyless.key == nil)
    }

    @Test("The line of a dead letter is in the record's context, with the error and both places")
    func line() async throws {
        let topic = try await TestBroker.topic()
        let record = KafkaRecord(topic: "frames", partition: 3, offset: 42, value: "x", context: .newTrace())
        try await withKafkaProducer(TestBroker.producer()) { producer in
            let lines = try await capturedLines {
                try await KafkaDeadLetterTopic(topic).send(record, error: Failure(), attempts: 2, through: producer)
            }
            let line = try #require(lines.first(message: "record sent to the dead-letter topic"))
            #expect(line.level == .warning)
            #expect(line.spanID == record.context.spanID)
            #expect(line.traceID == record.context.traceID?.description)
            #expect(line.error is Failure)
            #expect(line["attempts"] == .integer(2))
            #expect("\(line)".contains("42"))
        }
    }

    @Test("A dead letter that is too large loses its text, and if it does not fit even then, the error says so")
    func tooLarge() async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.producer()
        configuration.properties["message.max.bytes"] = "2000"
        let error = Failure(description: String(repeating: "💥", count: 1000))
        try await withKafkaProducer(configuration) { producer in
            let letters = KafkaDeadLetterTopic(topic)
            let fitting = KafkaRecord(topic: "frames", value: [UInt8](repeating: 7, count: 900))
            try await letters.send(fitting, error: error, attempts: 1, groupID: "detectors", through: producer)

            let large = KafkaRecord(topic: "frames", offset: 17, value: [UInt8](repeating: 7, count: 1900))
            let refusal = await #expect(throws: KafkaError.self) {
                try await letters.send(large, error: error, attempts: 1, through: producer)
            }
            #expect(refusal?.code == .messageTooLarge)
            #expect(refusal?.isRetriable == false)
            #expect(refusal?.subject == "frames [0] @ 17")
            #expect(refusal?.message.contains("even without the error's text") == true)
            #expect(refusal?.hint?.contains("message.max.bytes") == true)
        }
        let letter = try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { try await $0.takeOne() }
        #expect(letter.value == [UInt8](repeating: 7, count: 900))
        let facts = try #require(KafkaDeadLetter(letter))
        #expect(facts.origin.topic == "frames")
        #expect(facts.attempts == 1)
        #expect(facts.errorMessage == nil)
    }

    @Test("A send in a task that is cancelled throws the code of a cancellation")
    func cancelled() async throws {
        let producer = try KafkaProducer(TestBroker.producer())
        let topic = try await TestBroker.topic()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let record = KafkaRecord(topic: "frames", value: "x")
            try await KafkaDeadLetterTopic(topic).send(record, error: Failure(), attempts: 1, through: producer)
        }
        let error = await #expect(throws: KafkaError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        try await producer.shutdown()
    }
}
