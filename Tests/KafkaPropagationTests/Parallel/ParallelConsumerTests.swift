import ContextPropagation
import KafkaPropagationTesting
import PropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("The parallel consumer", .timeLimit(.minutes(10)))
struct ParallelConsumerTests {
    /// A record as a handler saw it.
    struct Handled: Hashable, Sendable {
        let key: String?
        let number: Int
        let attempt: Int

        init(_ record: KafkaRecord) {
            key = record.keyText
            number = Int(record.valueText ?? "") ?? -1
            attempt = record.attempt
        }
    }

    private struct Failed: Error {}

    /// The trace of a record that ``produce(_:to:partition:)`` sends.
    private static func trace(_ number: Int) -> TraceID? { TraceID(high: 7, low: UInt64(number + 1)) }

    private static func produce(
        _ keys: some Sequence<String?>,
        to topic: String,
        partition: KafkaPartition? = nil
    ) async throws {
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for (number, key) in keys.enumerated() {
                try producer.enqueue(
                    KafkaMessage(
                        topic: topic,
                        key: key,
                        value: "\(number)",
                        partition: partition,
                        context: LogContext(traceID: trace(number))
                    )
                )
            }
        }
    }

    private static func configuration(_ topic: String) throws -> KafkaConsumerConfiguration {
        try TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))
    }

    private static func committed(_ topic: String, partitions: Int = 1) async throws -> [KafkaOffset?] {
        try await withKafkaConsumer(configuration(topic)) { consumer in
            let places = (0..<partitions).map { KafkaTopicPartition(topic: topic, partition: .init(rawValue: $0)) }
            return try await consumer.committed(topicPartitions: places).map(\.offset)
        }
    }

    @Test("Every record is handled once, in its own context, and in order for its key")
    func handlesAll() async throws {
        let topic = try await TestBroker.topic(partitions: 3)
        try await Self.produce((0..<2000).map { "key \($0 % 17)" }, to: topic)
        let handled = Locked<[Handled]>([])
        let wrong = Locked(0)
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 20) { record in
            await Task.yield()
            let entry = Handled(record)
            if LogContext.current.traceID != Self.trace(entry.number) { wrong.change { $0 += 1 } }
            handled.append(entry)
        }
        await until { handled.value.count >= 2000 }
        await consumer.shutdown()
        #expect(wrong.value == 0)
        #expect(Set(handled.value.map(\.number)) == Set(0..<2000) && handled.value.count == 2000)
        for (key, entries) in Dictionary(grouping: handled.value, by: \.key) {
            #expect(entries.map(\.number) == entries.map(\.number).sorted(), "\(key ?? "no key")")
        }
        let offsets = try await Self.committed(topic, partitions: 3)
        #expect(offsets.reduce(0) { $0 + ($1?.rawValue ?? 0) } == 2000)
    }

    @Test("No more handlers than allowed have begun and not ended, and all of them are used")
    func bound() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce((0..<40).map { "\($0)" }, to: topic)
        let running = Locked(0)
        let most = Locked(0)
        let gate = Gate()
        let done = Locked(0)
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 7) { _ in
            let now = running.change { count in
                count += 1
                return count
            }
            most.change { $0 = max($0, now) }
            await gate.pass()
            running.change { $0 -= 1 }
            done.change { $0 += 1 }
        }
        await until { running.value == 7 }
        gate.open()
        await until { done.value == 40 }
        await consumer.shutdown()
        #expect(most.value == 7)
    }

    @Test(
        "A slow record holds up its key and the commit, and no other record; a restart repeats only what is unfinished"
    )
    func slowRecord() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["slow", "a", "b", "slow", "c"], to: topic)
        var configuration = try Self.configuration(topic)
        configuration.shutdownTimeout = .milliseconds(100)
        let handled = Locked<[Int]>([])
        let first = try ParallelConsumer(configuration, maxConcurrency: 10) { record in
            let number = Handled(record).number
            if number == 0 { try await untilCancelled() }
            handled.append(number)
        }
        await until { handled.value.count == 3 }
        await first.shutdown()
        #expect(Set(handled.value) == [1, 2, 4])
        #expect(try await Self.committed(topic) == [0])
        let second = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 10) { record in
            handled.append(Handled(record).number)
        }
        await until { handled.value.count == 5 }
        await second.shutdown()
        #expect(handled.value.suffix(2) == [0, 3])
        #expect(try await Self.committed(topic) == [5])
    }

    @Test("A record that fails is handled again, in its context, and its key waits while others go on")
    func retries() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["bad", "good", "bad", "good"], to: topic)
        var options = ParallelConsumer.Options()
        options.retry = .backoff(RetryBackoff(initial: .milliseconds(500), jitter: 0))
        let handled = Locked<[Handled]>([])
        let wrong = Locked(0)
        let others = Gate()
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 4, options: options) { record in
            let entry = Handled(record)
            if LogContext.current.traceID != Self.trace(entry.number) { wrong.change { $0 += 1 } }
            if entry.number == 0, entry.attempt < 3 { throw Failed() }
            // On a busy machine, the others may need longer than the retries. They must not need the key's end.
            if entry.number == 0 { await others.pass() }
            handled.append(entry)
            if handled.value.count == 2 { others.open() }
        }
        await until { handled.value.count == 4 }
        await consumer.shutdown()
        #expect(handled.value.prefix(2).map(\.key) == ["good", "good"])
        #expect(handled.value.suffix(2).map(\.number) == [0, 2])
        #expect(handled.value.first { $0.number == 0 }?.attempt == 3)
        #expect(wrong.value == 0)
        #expect(try await Self.committed(topic) == [4])
    }

    @Test("The policy skips, or stops the consumer with the handler's error")
    func policy() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["a", "b", "c"], to: topic)
        var options = ParallelConsumer.Options()
        options.retry = ParallelConsumer.RetryPolicy { failure in
            Handled(failure.record).number == 1 ? .skip : .stop
        }
        let consumer = try ParallelConsumer(
            Self.configuration(topic),
            ordering: .partition,
            maxConcurrency: 1,
            options: options
        ) { record in
            if Handled(record).number > 0 { throw Failed() }
        }
        await #expect(throws: Failed.self) { try await consumer.run() }
        #expect(try await Self.committed(topic) == [2])
    }

    @Test("A record that is given up goes to the dead letters, and then counts as finished")
    func deadLetters() async throws {
        let topic = try await TestBroker.topic()
        let letters = try await TestBroker.topic()
        try await Self.produce(["a", "b"], to: topic)
        var options = ParallelConsumer.Options()
        options.retry = .backoff(RetryBackoff(initial: .milliseconds(1)), maximumAttempts: 2)
        options.deadLetters = .init(topic: letters)
        let handled = Locked<[Handled]>([])
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 4, options: options) { record in
            handled.append(Handled(record))
            if record.keyText == "a" { throw Failed() }
        }
        let letter = try await withKafkaConsumer(TestBroker.consumer(.all(letters))) { try await $0.takeOne() }
        await until { consumer.statistics.topics.first?.deadLettered == 1 }
        await consumer.shutdown()
        #expect(letter.keyText == "a" && letter.valueText == "0")
        #expect(letter.context.traceID == Self.trace(0))
        #expect(KafkaDeadLetter(letter)?.attempts == 2)
        #expect(handled.value.count { $0.number == 0 } == 2)
        #expect(try await Self.committed(topic) == [2])
    }

    @Test("Dead letters carry their trace in the headers that the consumer's codecs read")
    func codecsOfDeadLetters() async throws {
        let topic = try await TestBroker.topic()
        let letters = try await TestBroker.topic()
        let sender = LogContext.newTrace()
        var producerConfiguration = try TestBroker.producer()
        producerConfiguration.headerCodecs = HeaderCodecs([.b3])
        try await withKafkaProducer(producerConfiguration) { producer in
            try await producer.send(KafkaMessage(topic: topic, value: "0", context: sender))
        }
        var configuration = try Self.configuration(topic)
        configuration.headerCodecs = HeaderCodecs([.b3])
        var options = ParallelConsumer.Options()
        options.retry = .backoff(maximumAttempts: 1)
        options.deadLetters = .init(topic: letters)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 1, options: options) { _ in throw Failed() }
        var reader = try TestBroker.consumer(.all(letters))
        reader.headerCodecs = HeaderCodecs([.b3])
        let letter = try await withKafkaConsumer(reader) { try await $0.takeOne() }
        await consumer.shutdown()
        #expect(letter.context.traceID == sender.traceID)
        #expect(!letter.headers.contains { $0.key == "traceparent" })
    }

    @Test("A batch has at most so many records, and forEachInContext binds the context of each")
    func batches() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce((0..<100).map { "\($0 % 5)" }, to: topic)
        let sizes = Locked<[Int]>([])
        let wrong = Locked(0)
        let handled = Locked<[Int]>([])
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 2, batchSize: 8) { batch in
            sizes.append(batch.count)
            if LogContext.current != batch.context { wrong.change { $0 += 1 } }
            try await batch.forEachInContext { record in
                await Task.yield()
                let number = Handled(record).number
                if LogContext.current.traceID != Self.trace(number) { wrong.change { $0 += 1 } }
                handled.append(number)
            }
        }
        await until { handled.value.count == 100 }
        await consumer.shutdown()
        #expect(sizes.value.max() ?? 0 <= 8 && sizes.value.contains { $0 > 1 })
        #expect(wrong.value == 0)
        for key in 0..<5 {
            let numbers = handled.value.filter { $0 % 5 == key }
            #expect(numbers == numbers.sorted())
        }
        #expect(try await Self.committed(topic) == [100])
    }

    @Test("withParallelConsumer gives batches to its handler, and commits them when its body has returned")
    func scopedBatches() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce((0..<100).map { "\($0 % 5)" }, to: topic)
        let sizes = Locked<[Int]>([])
        let handled = Locked<[Int]>([])
        let configuration = try Self.configuration(topic)
        let count = try await withParallelConsumer(configuration, maxConcurrency: 2, batchSize: 8) { batch in
            sizes.append(batch.count)
            handled.change { $0 += batch.map { Handled($0).number } }
        } body: { _ in
            await until { handled.value.count == 100 }
            return handled.value.count
        }
        #expect(count == 100 && Set(handled.value) == Set(0..<100))
        #expect(sizes.value.max() ?? 0 <= 8 && sizes.value.contains { $0 > 1 })
        #expect(try await Self.committed(topic) == [100])
    }

    @Test("If a batch fails, the policy decides only about the records that fail alone, and no other is passed over")
    func failingBatch() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce((0..<60).map { "\($0 % 20)" }, to: topic)
        var options = ParallelConsumer.Options()
        let judged = Locked<[Int]>([])
        options.retry = ParallelConsumer.RetryPolicy { failure in
            judged.append(Handled(failure.record).number)
            return .skip
        }
        let handled = Locked<Set<Int>>([])
        let largest = Locked(0)
        let consumer = try ParallelConsumer(
            Self.configuration(topic),
            maxConcurrency: 1,
            batchSize: 50,
            options: options
        ) { batch in
            largest.change { $0 = max($0, batch.count) }
            try await batch.forEachInContext { record in
                await Task.yield()
                let number = Handled(record).number
                if number % 10 == 7 { throw Failed() }
                handled.change { _ = $0.insert(number) }
            }
        }
        await until { handled.value.count == 54 && judged.value.count == 6 }
        await consumer.shutdown()
        #expect(largest.value > 1)
        #expect(judged.value.sorted() == [7, 17, 27, 37, 47, 57])
        #expect(try await Self.committed(topic) == [60])
    }

    @Test("A record that goes along in failing batches begins its attempts when it is handled itself")
    func followerInFailingBatches() async throws {
        let topic = try await TestBroker.topic()
        let letters = try await TestBroker.topic()
        try await Self.produce(["a", "a"], to: topic)
        var options = ParallelConsumer.Options()
        options.retry = .backoff(RetryBackoff(initial: .milliseconds(10)), maximumAttempts: 3)
        options.deadLetters = .init(topic: letters)
        let attempts = Locked<[Int]>([])
        let handled = Locked(0)
        let consumer = try ParallelConsumer(
            Self.configuration(topic),
            maxConcurrency: 1,
            batchSize: 2,
            options: options
        ) { batch in
            for record in batch {
                if Handled(record).number == 0 { throw Failed() }
                attempts.append(record.attempt)
                if record.attempt == 1 { throw Failed() }
                handled.change { $0 += 1 }
            }
        }
        await until { handled.value == 1 }
        await until { consumer.statistics.topics.first?.deadLettered == 1 }
        await consumer.shutdown()
        let statistics = try #require(consumer.statistics.topics.first)
        #expect(attempts.value == [1, 2] && statistics.deadLettered == 1)
        #expect(statistics.failed == 4 && statistics.retried == 3 && statistics.waitTime.count == 2)
        #expect(try await Self.committed(topic) == [2])
    }

    @Test("The line about a failed batch has the batch's trace, and links to its records")
    func lineOfFailedBatch() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let configuration = kafka.consumerConfiguration(.partitions([]))
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 1, batchSize: 2) { _ in }
        let batch = ParallelBatch(
            (0..<2).map { KafkaRecord(topic: "frames", value: "x", context: LogContext(traceID: Self.trace($0))) }
        )
        let lines = try await capturedLines {
            let jobs = batch.indices.map { ScheduledJobID(index: $0, life: 1) }
            let others = [ParallelJob(id: jobs[1], record: batch[1])]
            let results = try await consumer.engine.handle(batch, jobs[0], others) { batch in
                if batch.count > 1 { throw Failed() }
            }
            #expect(results?.map(\.settlement) == [.succeeded, .succeeded])
        }
        let line = try #require(lines.first { $0.message.hasPrefix("batch failed") })
        #expect(line.context == batch.context && line.context.traceID != nil)
        #expect(line["linked_records"] == .integer(2) && line["records"] == .integer(2))
        await consumer.shutdown()
    }

    @Test("Records without a key spread by default, and wait for each other if asked", arguments: [true, false])
    func withoutKey(isSerial: Bool) async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce([nil, nil, nil], to: topic)
        var options = ParallelConsumer.Options()
        options.recordsWithoutKey = isSerial ? .serial : .spread
        let running = Locked(0)
        let most = Locked(0)
        let gate = Gate()
        let done = Locked(0)
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 3, options: options) { _ in
            let now = running.change { count in
                count += 1
                return count
            }
            most.change { $0 = max($0, now) }
            if !isSerial { await gate.pass() }
            running.change { $0 -= 1 }
            done.change { $0 += 1 }
        }
        if !isSerial { await until { running.value == 3 } }
        gate.open()
        await until { done.value == 3 }
        await consumer.shutdown()
        #expect(most.value == (isSerial ? 1 : 3))
    }

    @Test("Records are ordered by a header, or by what a closure returns, across partitions")
    func customOrder() async throws {
        for ordering in [ParallelConsumer.Ordering.header("camera"), .by { $0.header("camera")?.value }] {
            let topic = try await TestBroker.topic(partitions: 2)
            try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
                for number in 0..<20 {
                    let partition = KafkaPartition(rawValue: number % 2)
                    let header = KafkaHeader(key: "camera", value: Array("\(number % 4 / 2)".utf8))
                    try producer.enqueue(
                        KafkaMessage(topic: topic, value: "\(number)", headers: [header], partition: partition)
                    )
                }
            }
            let running = Locked<[String: Int]>([:])
            let overlaps = Locked(0)
            let done = Locked(0)
            let consumer = try ParallelConsumer(Self.configuration(topic), ordering: ordering, maxConcurrency: 8) {
                record in
                let camera = record.header("camera")?.text ?? ""
                let isOverlap = running.change { running in
                    running[camera, default: 0] += 1
                    return running[camera] != 1
                }
                if isOverlap { overlaps.change { $0 += 1 } }
                await Task.yield()
                running.change { $0[camera, default: 0] -= 1 }
                done.change { $0 += 1 }
            }
            await until { done.value == 20 }
            await consumer.shutdown()
            #expect(overlaps.value == 0)
        }
    }

    @Test("A shutdown waits for handlers that run, and starts no other one")
    func drain() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce((0..<10).map { "\($0)" }, to: topic)
        let gate = Gate()
        let handled = Locked<[Int]>([])
        let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 2) { record in
            await gate.pass()
            #expect(!Task.isCancelled)
            handled.append(Handled(record).number)
        }
        await gate.arrivals(2)
        async let end: Void = consumer.shutdown()
        await until { consumer.engine.state.withLock { $0.parallel.isStopping } }
        gate.open()
        await end
        #expect(handled.value.sorted() == [0, 1])
        #expect(try await Self.committed(topic) == [2])
    }

    @Test("A handler that ignores its cancellation does not keep a shutdown from ending")
    func stubbornHandler() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["a"], to: topic)
        let gate = Gate()
        var configuration = try Self.configuration(topic)
        configuration.shutdownTimeout = .milliseconds(50)
        let consumer = try ParallelConsumer(configuration, maxConcurrency: 2) { _ in await gate.pass() }
        await gate.arrivals(1)
        await consumer.shutdown()
        gate.open()
        #expect(try await Self.committed(topic) == [nil])
    }

    @Test("The health names the record that holds a partition up, and a line in its trace says so")
    func health() async throws {
        let topic = try await TestBroker.topic()
        try await Self.produce(["slow", "a"], to: topic)
        var options = ParallelConsumer.Options()
        options.stallTimeout = .milliseconds(500)
        let gate = Gate()
        let lines = try await capturedLines(from: .info, ofTrace: Self.trace(0)) {
            let consumer = try ParallelConsumer(Self.configuration(topic), maxConcurrency: 2, options: options) {
                record in
                if record.keyText == "slow" { await gate.pass() }
            }
            // A real broker may be fast.
            #expect(consumer.health.isLive && (TestBroker.isReal || !consumer.health.isReady))
            await gate.arrivals(1)
            await until { consumer.health.condition == .stalled }
            let health = consumer.health
            #expect(health.isLive && health.isReady)
            #expect(health.stalled.map(\.topicPartitionOffset.offset) == [0] && health.stalled.first?.key == "slow")
            #expect(health.stalled.first?.stage == .running && health.stalled.first?.attempts == 1)
            #expect(health.stalled.first?.context.traceID == Self.trace(0))
            gate.open()
            await until { consumer.health.condition == .working }
            await consumer.shutdown()
            #expect(consumer.health.condition == .ended && consumer.health.isLive && !consumer.health.isReady)
        }
        // Other tests of this suite use the same trace.
        let own = lines.filter { $0["topic"] == .string(topic) }
        #expect(own.contains { $0.message == "partition does not move" })
        let moving = try #require(own.first { $0.message == "partition moves again" })
        #expect(moving["offset"] == .integer(0))
    }
}
