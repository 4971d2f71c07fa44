import ContextLog
import ContextPropagation
import PropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Replay of dead letters", .timeLimit(.minutes(10)))
struct ReplayTests {
    struct Failure: Error {}

    private let failure = Failure()

    private func configuration(_ topic: String) throws -> KafkaReplayConfiguration {
        var configuration = KafkaReplayConfiguration(try TestBroker.connection(), topic: topic)
        configuration.consumerProperties["fetch.wait.max.ms"] = "5"
        configuration.producer.linger = .milliseconds(1)
        return configuration
    }

    /// Sends dead letters of the records 0 to `count` of `origin` to `topic`, over its partitions in turn.
    private func bury(_ count: Int, of origin: String, in topic: String, partitions: Int = 1) async throws {
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for number in 0..<count {
                try producer.enqueue(letter(number, of: origin, in: topic, partition: number % partitions))
            }
        }
    }

    private func letter(_ number: Int, of origin: String, in topic: String, partition: Int = 0) -> KafkaMessage {
        let record = KafkaRecord(
            topic: origin,
            offset: .init(rawValue: number),
            key: "key-\(number)",
            value: "\(number)",
            headers: [KafkaHeader(key: "tenant", value: "north"), KafkaHeader(key: "null", value: nil as String?)],
            context: .newTrace()
        )
        var message = KafkaDeadLetterTopic(topic).message(for: record, error: failure, attempts: 1)
        message.partition = .init(rawValue: partition)
        return message
    }

    private func numbers(_ topic: String, _ count: Int) async throws -> [Int] {
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) {
            try await $0.take(count).compactMap { $0.text.flatMap { Int($0) } }
        }
    }

    /// How many records a topic of one partition holds.
    private func end(of topic: String) async throws -> Int {
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) {
            try await $0.watermarks(of: KafkaTopicPartition(topic: topic, partition: 0)).high.rawValue
        }
    }

    @Test("Records go back to their topic in their own traces, without the bookkeeping, and only once")
    func replay() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic(partitions: 3)
        try await bury(20, of: origin, in: topic, partitions: 3)
        let letters = try await withKafkaConsumer(TestBroker.consumer(.all(topic, partitions: 3))) {
            try await $0.take(20)
        }
        let summary = try await replayDeadLetters(configuration(topic))
        #expect(summary.replayed == 20)
        #expect(summary.skipped == 0)
        let records = try await withKafkaConsumer(TestBroker.consumer(.all(origin))) { try await $0.take(20) }
        for record in records {
            let letter = try #require(letters.first { $0.text == record.text })
            #expect(record.keyText == "key-\(record.text ?? "")")
            #expect(record.context.traceID == letter.context.traceID)
            let own = record.headers.filter { !["traceparent", "trace_id"].contains($0.key) }
            #expect(
                own == [
                    KafkaHeader(key: "tenant", value: "north"),
                    KafkaHeader(key: "null", value: nil as String?),
                    KafkaHeader(key: "dead-letter-replays", value: "1"),
                ]
            )
        }
        #expect(try await replayDeadLetters(configuration(topic)) == KafkaReplaySummary())
        #expect(try await end(of: origin) == 20)
        try await bury(1, of: origin, in: topic)
        #expect(try await replayDeadLetters(configuration(topic)).replayed == 1)
    }

    @Test("A record that dies after a replay counts its replays")
    func diesAgain() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic()
        try await bury(1, of: origin, in: topic)
        _ = try await replayDeadLetters(configuration(topic))
        let record = try await withKafkaConsumer(TestBroker.consumer(.all(origin))) { try await $0.takeOne() }
        try await withKafkaProducer(TestBroker.producer()) { producer in
            try await KafkaDeadLetterTopic(topic).send(record, error: failure, attempts: 1, through: producer)
        }
        let seen = Locked<[KafkaDeadLetter]>()
        _ = try await replayDeadLetters(configuration(topic)) { letter in
            seen.append(letter)
            return true
        }
        #expect(seen.value.map(\.replays) == [1])
        #expect(seen.value.map(\.origin) == [record.topicPartitionOffset])
        let records = try await withKafkaConsumer(TestBroker.consumer(.all(origin))) { try await $0.take(2) }
        #expect(records.last?.header("dead-letter-replays")?.text == "2")
    }

    @Test("It stops where the topic ended at the start, although every record dies again meanwhile")
    func bound() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic(partitions: 2)
        try await bury(50, of: origin, in: topic, partitions: 2)
        let producer = try KafkaProducer(TestBroker.producer())
        let summary = try await replayDeadLetters(configuration(topic)) { letter in
            let number = letter.record.text.flatMap { Int($0) } ?? 0
            // Two new ones for each, so that the topic never ends.
            for partition in 0..<2 {
                let message = self.letter(number + 1000, of: origin, in: topic, partition: partition)
                #expect(throws: Never.self) { try producer.enqueue(message) }
            }
            return true
        }
        try await producer.shutdown()
        #expect(summary.replayed == 50)
        #expect(try await numbers(origin, 50).sorted() == Array(0..<50))
        #expect(try await end(of: origin) == 50)
    }

    @Test("It sends at most the limit, leaves records out on request, and goes on from there")
    func limit() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic()
        try await bury(30, of: origin, in: topic)
        var configuration = try configuration(topic)
        configuration.limit = 10
        let first = try await replayDeadLetters(configuration) { letter in letter.origin.offset?.rawValue != 3 }
        #expect(first.replayed == 10 && first.filtered == 1)
        configuration.limit = 0
        #expect(try await replayDeadLetters(configuration) == KafkaReplaySummary())
        configuration.limit = .max
        #expect(try await replayDeadLetters(configuration).replayed == 19)
        #expect(try await numbers(origin, 29) == Array(0..<30).filter { $0 != 3 })
        // Another group has a progress of its own.
        configuration.groupID += ".filtered"
        #expect(try await replayDeadLetters(configuration) { $0.origin.offset == 3 }.replayed == 1)
    }

    @Test("Records with hostile headers are skipped, counted, and named by a line in their own context")
    func hostile() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic()
        let hostile = HostileHeaders.origins + HostileHeaders.facts
        let contexts = hostile.map { _ in LogContext.newTrace() }
        let plain = LogContext.newTrace()
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for (headers, context) in zip(hostile, contexts) {
                try producer.enqueue(KafkaMessage(topic: topic, value: "x", headers: headers, context: context))
            }
            try producer.enqueue(KafkaMessage(topic: topic, value: "x", context: plain))
            try producer.enqueue(letter(1, of: origin, in: topic))
        }
        let lines = Locked<[LoggedLine]>()
        let summary = try await withLineCapture { capture in
            let summary = try await replayDeadLetters(configuration(topic))
            lines.change { $0 = Array(capture.lines) }
            return summary
        }
        #expect(summary.malformed == hostile.count)
        #expect(summary.withoutOrigin == 1)
        #expect(summary.replayed == 1)
        let skipped = lines.value.filter { $0.message == "dead letter skipped" }
        #expect(skipped.map(\.context.traceID) == (contexts + [plain]).map(\.traceID))
        #expect(skipped.allSatisfy { $0.level == .warning && $0["reason"] != nil })
        #expect(try await numbers(origin, 1) == [1])
    }

    @Test("A replay that is cancelled in the middle loses nothing: the next one sends the rest")
    func cancellation() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic(partitions: 2)
        try await bury(200, of: origin, in: topic, partitions: 2)
        let configuration = try configuration(topic)
        for round in 1...3 {
            let count = Count()
            let task = Task {
                try await replayDeadLetters(configuration) { _ in
                    if count.add() == round * 20 { withUnsafeCurrentTask { $0?.cancel() } }
                    return true
                }
            }
            let error = await #expect(throws: KafkaError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(count.value == round * 20)
        }
        let last = try await replayDeadLetters(configuration)
        #expect(last.replayed > 0)
        let count = try await end(of: origin)
        let numbers = try await numbers(origin, count)
        #expect(Set(numbers) == Set(0..<200))
        // What was acknowledged before a cancellation was committed.
        #expect(last.replayed <= 200 - 3 * 20 + 3)
    }

    /// Replays in a task of its own, and returns the fields of the lines that sum it up.
    private func summaries(
        _ configuration: KafkaReplayConfiguration,
        where isIncluded: @escaping @Sendable (KafkaDeadLetter) -> Bool = { _ in true }
    ) async -> [[LogFieldValue?]] {
        await withLineCapture { capture in
            _ = await Task { try await replayDeadLetters(configuration, where: isIncluded) }.result
            return capture.lines.filter { $0.message == "dead letters replayed" }.map { line in
                ["topic", "replayed", "skipped", "complete"].map { line[$0] }
            }
        }
    }

    @Test("Each replay ends with a line that says how many records were sent, and whether it is complete")
    func summaryLine() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic()
        let configuration = try configuration(topic)
        #expect(await summaries(configuration) == [[.string(topic), .integer(0), .integer(0), .bool(true)]])

        try await bury(20, of: origin, in: topic)
        let count = Count()
        let cancelled = await summaries(configuration) { _ in
            let number = count.add()
            if number == 5 { withUnsafeCurrentTask { $0?.cancel() } }
            return number != 2
        }
        #expect(cancelled == [[.string(topic), .integer(4), .integer(1), .bool(false)]])

        let other = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.producer()) { producer in
            let record = KafkaRecord(topic: origin, partition: 77, offset: 2, value: "2", context: .newTrace())
            let message = KafkaDeadLetterTopic(other).message(for: record, error: failure, attempts: 1)
            try await producer.send(message)
        }
        var failing = try self.configuration(other)
        failing.partition = .original
        #expect(await summaries(failing) == [[.string(other), .integer(0), .integer(0), .bool(false)]])
    }

    @Test("A record that cannot be sent ends the replay with an error that names it, and can be left out")
    func undeliverable() async throws {
        let origin = try await TestBroker.topic()
        let topic = try await TestBroker.topic()
        try await bury(2, of: origin, in: topic)
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            let record = KafkaRecord(topic: origin, partition: 77, offset: 2, value: "2", context: .newTrace())
            let message = KafkaDeadLetterTopic(topic).message(for: record, error: failure, attempts: 1)
            try await producer.send(message)
            // When the first is refused by its report, this one may be refused at once.
            try await producer.send(message)
            try await producer.send(letter(3, of: origin, in: topic))
        }
        var configuration = try configuration(topic)
        configuration.partition = .original
        let error = await #expect(throws: KafkaError.self) { try await replayDeadLetters(configuration) }
        #expect(error?.code == .unknownTopicOrPartition)
        #expect(error?.subject == "\(topic) [0] @ 2")
        #expect(error?.hint?.contains("where") == true)
        let summary = try await replayDeadLetters(configuration) { $0.origin.partition == 0 }
        #expect(summary.filtered == 2)
        let numbers = try await numbers(origin, try await end(of: origin))
        #expect(Set(numbers) == [0, 1, 3])
        #expect(numbers.filter { $0 < 2 }.count == 2)
    }

    @Test("An empty topic is replayed at once, and a topic that does not exist is an error")
    func nothing() async throws {
        #expect(try await replayDeadLetters(configuration(TestBroker.topic())) == KafkaReplaySummary())
        if TestBroker.isReal {
            let error = await #expect(throws: KafkaError.self) {
                try await replayDeadLetters(configuration("no-such-topic-\(TraceID.random())"))
            }
            #expect(error?.code == .unknownTopicOrPartition)
        }
    }

    @Test("The end of a partition counts as a bound, also if no record comes before it")
    func endOfPartition() async throws {
        let topic = try await TestBroker.topic()
        try await send(["0", "1"], to: topic)
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        var configuration = try TestBroker.consumer(.partitions([]))
        configuration.properties["enable.partition.eof"] = "true"
        try await withKafkaConsumer(configuration) { consumer in
            let reached = Promise<Void>()
            consumer.core.loop.bounds.set([partition: 2]) { reached.resolve(()) }
            try await consumer.assign([KafkaTopicPartitionOffset(topicPartition: partition, offset: 2)])
            await reached.value
        }
    }
}
