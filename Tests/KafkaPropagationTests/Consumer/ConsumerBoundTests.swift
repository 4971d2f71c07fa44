import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

/// Calls of a consumer end within their timeout, for any behaviour of the broker.
@Suite("Bounds of a consumer's calls", .timeLimit(.minutes(10)), .enabled(if: !TestBroker.isReal))
struct ConsumerBoundTests {
    /// The limits of the tests are far above the timeouts, because many tests run at the same time. Without a timeout,
    /// the calls would wait for 20 s or more. The broker hangs for longer than the test.
    private func duration(_ body: () async throws -> Void) async rethrows -> Duration {
        let start = ContinuousClock.now
        try await body()
        return start.duration(to: .now)
    }

    /// Runs `body` with a consumer of one partition whose broker no longer answers.
    private func withHangingBroker(
        _ body: (KafkaConsumer, KafkaTopicPartition) async throws -> Void
    ) async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) {
            try await $0.send(KafkaMessage(topic: "frames", value: "x"))
        }
        let partition = KafkaTopicPartition(topic: "frames", partition: 0)
        var configuration = kafka.consumerConfiguration(
            .partitions([.init(topicPartition: partition, offset: .beginning)], groupID: "detectors")
        )
        configuration.commitTimeout = .milliseconds(700)
        configuration.shutdownTimeout = .seconds(1)
        try await withKafkaConsumer(configuration) { consumer in
            #expect(try await consumer.takeOne().valueText == "x")
            try kafka.setRoundTripTime(.seconds(120), ofBroker: 1)
            try await body(consumer, partition)
            try kafka.setRoundTripTime(.zero, ofBroker: 1)
        }
    }

    @Test("While a broker hangs, every call ends within its timeout, with a retriable error")
    func hangingBroker() async throws {
        try await withHangingBroker { consumer, partition in
            let end = KafkaTopicPartitionOffset(topicPartition: partition, offset: .end)
            let calls: [(String, () async throws -> Void)] = [
                ("watermarks", { _ = try await consumer.watermarks(of: partition, timeout: .milliseconds(700)) }),
                ("seek", { try await consumer.seek(topicPartitionOffsets: [end], timeout: .milliseconds(700)) }),
                (
                    "committed",
                    { _ = try await consumer.committed(topicPartitions: [partition], timeout: .milliseconds(700)) }
                ),
                ("offsets", { _ = try await consumer.offsets(of: [partition], at: .now, timeout: .milliseconds(700)) }),
                ("metadata", { _ = try await consumer.metadata(of: "frames", timeout: .milliseconds(700)) }),
                ("commit", { try await consumer.commit([.init(topicPartition: partition, offset: 1)]) }),
            ]
            for (name, call) in calls {
                let time = await duration {
                    let error = await #expect(throws: KafkaError.self, "\(name)") { try await call() }
                    // librdkafka closes a connection after a request that got no answer.
                    #expect(
                        [.timedOut, .connection].contains(error?.code) && error?.isRetriable == true,
                        "\(name): \(String(describing: error))"
                    )
                }
                #expect(time < .seconds(60), "\(name)")
            }
            // A seek to a number needs no broker, and waits for none of the calls above.
            let seek = await duration {
                await #expect(throws: Never.self) {
                    try await consumer.seek(topicPartitionOffsets: [.init(topicPartition: partition, offset: 0)])
                }
            }
            #expect(seek < .seconds(60))
        }
    }

    @Test("A call in a cancelled task is cancelled at once, and reports the cancellation")
    func cancelledCalls() async throws {
        try await withHangingBroker { consumer, partition in
            let end = KafkaTopicPartitionOffset(topicPartition: partition, offset: .end)
            let number = KafkaTopicPartitionOffset(topicPartition: partition, offset: 0)
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await consumer.watermarks(of: partition, timeout: .seconds(60)) },
                { try await consumer.seek(topicPartitionOffsets: [end], timeout: .seconds(60)) },
                { try await consumer.seek(topicPartitionOffsets: [number], timeout: .seconds(60)) },
            ]
            for call in calls {
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await call()
                }
                let error = await #expect(throws: KafkaError.self) { try await task.value }
                #expect(error?.code == .cancelled && error?.isRetriable == false)
            }
        }
    }

    @Test("A shutdown ends calls that wait for the broker, and later calls are refused at once")
    func shutdown() async throws {
        try await withHangingBroker { consumer, partition in
            let waiting = Task { try await consumer.watermarks(of: partition, timeout: .seconds(60)) }
            await consumer.shutdown()
            let error = await #expect(throws: KafkaError.self) { _ = try await waiting.value }
            #expect(error?.code == .shutdown)
            let time = await duration {
                let late = await #expect(throws: KafkaError.self) { _ = try await consumer.watermarks(of: partition) }
                #expect(late?.code == .shutdown)
            }
            #expect(time < .seconds(60))
        }
    }

    @Test("A shutdown does not wait for the record of an iteration in its own task")
    func shutdownInItsOwnTask() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) {
            try await $0.send(KafkaMessage(topic: "frames", value: "x"))
        }
        let consumer = try KafkaConsumer(kafka.consumerConfiguration(.all("frames")))
        // This is as at the top level of main.swift, where the iterator of a loop that ends by `break` is never
        // destroyed.
        var iterator = consumer.makeAsyncIterator()
        #expect(try await iterator.next() != nil)
        let time = await duration { await consumer.shutdown() }
        #expect(time < .seconds(60))
        #expect(try await iterator.next() == nil)
    }

    @Test("Two tasks that hold a record and both shut the consumer down do not wait for each other")
    func twoShutdowns() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for value in ["a", "b"] { try await producer.send(KafkaMessage(topic: "frames", value: value)) }
        }
        var configuration = kafka.consumerConfiguration(.all("frames"))
        configuration.shutdownTimeout = .seconds(120)
        let consumer = try KafkaConsumer(configuration)
        let taken = Locked(0)
        let time = try await duration {
            try await withThrowingTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask {
                        for try await _ in consumer {
                            taken.change { $0 += 1 }
                            await until { taken.value == 2 }
                            await consumer.shutdown()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(time < .seconds(90))
    }

    @Test("A shutdown waits for the record of another task")
    func shutdownWaitsForOthers() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        try await withKafkaProducer(kafka.producerConfiguration) {
            try await $0.send(KafkaMessage(topic: "frames", value: "x"))
        }
        let consumer = try KafkaConsumer(kafka.consumerConfiguration(.all("frames")))
        let (taken, taking) = AsyncStream<Void>.makeStream()
        let isDone = Locked(false)
        let handler = Task {
            for try await _ in consumer {
                taking.finish()
                try await Task.sleep(for: .milliseconds(1500))
                isDone.change { $0 = true }
            }
        }
        for await _ in taken {}
        await consumer.shutdown()
        #expect(isDone.value)
        try await handler.value
    }

    @Test("Assigning an assigned partition again continues to read it")
    func assignAgain() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 2])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for number in 0..<10 {
                try await producer.send(KafkaMessage(topic: "frames", value: "\(number)", partition: 0))
            }
        }
        let first = KafkaTopicPartitionOffset(topic: "frames", partition: 0, offset: 0)
        let second = KafkaTopicPartitionOffset(topic: "frames", partition: 1, offset: 0)
        try await withKafkaConsumer(kafka.consumerConfiguration(.partitions([first]))) { consumer in
            #expect(try await consumer.take(3).map(\.offset.rawValue) == [0, 1, 2])
            for _ in 0..<3 {
                try await consumer.assign([first, second])
                #expect(try await consumer.take(3).map(\.offset.rawValue) == [0, 1, 2])
                #expect(try consumer.position(topicPartitions: [first.topicPartition]).first?.offset == 3)
            }
            #expect(try consumer.assignment == [first.topicPartition, second.topicPartition])
            #expect(try consumer.subscribedTopics() == [])
        }
    }

    @Test("The position is the record that comes next, also while the consumer reads ahead")
    func positionWhileReading() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 1])
        let count = 4000
        let partition = KafkaTopicPartition(topic: "frames", partition: 0)
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            try await withKafkaConsumer(kafka.consumerConfiguration(.all("frames"))) { consumer in
                let sending = Task {
                    for number in 0..<count {
                        try producer.enqueue(KafkaMessage(topic: "frames", value: "\(number)"))
                        if number % 4 == 0 { try await producer.flush() }
                    }
                }
                var wrong: [String] = []
                for try await record in consumer {
                    let position = try consumer.position(topicPartitions: [partition]).first?.offset
                    let next = KafkaOffset(rawValue: record.offset.rawValue + 1)
                    if position != next { wrong.append("\(next): \(String(describing: position))") }
                    if next.rawValue == count { break }
                }
                #expect(wrong == [])
                try await sending.value
            }
        }
    }

    @Test("The strategy cooperative-sticky is refused with a librdkafka that it would crash")
    func cooperativeSticky() throws {
        let properties = [(name: "partition.assignment.strategy", value: "range,cooperative-sticky")]
        let error = #expect(throws: KafkaError.self) {
            try KafkaConsumerConfiguration.checkStrategies(properties, version: 0x0200_02ff)
        }
        #expect(error?.code == .configuration && error?.description.contains("2.3.0") == true)
        #expect(throws: Never.self) {
            try KafkaConsumerConfiguration.checkStrategies(properties, version: 0x0203_00ff)
            try KafkaConsumerConfiguration.checkStrategies(
                [(name: "partition.assignment.strategy", value: "range")],
                version: 0x0200_02ff
            )
        }
    }

    @Test("Batches arrive after a seek, a pause, a resume and a partly read batch")
    func batchesInTheMiddle() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 2])
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for number in 0..<200 {
                try producer.enqueue(
                    KafkaMessage(topic: "frames", value: "\(number)", partition: .init(rawValue: number % 2))
                )
            }
        }
        let places = [0, 1].map { KafkaTopicPartition(topic: "frames", partition: .init(rawValue: $0)) }
        try await withKafkaConsumer(kafka.consumerConfiguration(.all("frames", partitions: 2))) { consumer in
            func nextBatch() async throws -> [KafkaRecord] {
                for try await batch in consumer.batches { return Array(batch) }
                return []
            }
            #expect(try await consumer.take(3).count == 3)
            #expect(try await !nextBatch().isEmpty)
            for step in 0..<4 {
                try await consumer.seek(topicPartitionOffsets: places.map { .init(topicPartition: $0, offset: 10) })
                _ = try await consumer.take(1 + step)
                try await consumer.pause(topicPartitions: [places[step % 2]])
                try await consumer.resume(topicPartitions: [places[step % 2]])
                _ = try await consumer.takeOne()
                #expect(try await !nextBatch().isEmpty)
            }
        }
    }
}
