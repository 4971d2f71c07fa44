import ContextPropagation
import KafkaPropagationTesting
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Consumer", .timeLimit(.minutes(10)))
struct ConsumerTests {
    private func texts(_ range: Range<Int>) -> [String] { range.map(String.init) }

    @Test("Records of a partition arrive in order, each once")
    func order() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<5000), to: topic)
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            let records = try await consumer.take(5000)
            #expect(records.map(\.text) == texts(0..<5000))
            #expect(consumer.statistics.records >= 5000)
        }
    }

    @Test("Batches contain the same records")
    func batches() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<3000), to: topic)
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            var seen: [String?] = []
            for try await batch in consumer.batches {
                #expect(!batch.isEmpty)
                seen += batch.map(\.text)
                #expect(batch.nextOffsets.map(\.offset) == [KafkaOffset(rawValue: seen.count)])
                if seen.count == 3000 { break }
            }
            #expect(seen == texts(0..<3000))
        }
    }

    @Test("forEachInContext handles each record of a batch in the record's context, also after a suspension")
    func batchContexts() async throws {
        let topic = try await TestBroker.topic()
        let traces = (0..<100).map { TraceID(high: 7, low: UInt64($0 + 1)) }
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for trace in traces {
                try producer.enqueue(KafkaMessage(topic: topic, value: "x", context: LogContext(traceID: trace)))
            }
        }
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            var seen: [TraceID?] = []
            for try await batch in consumer.batches {
                try await batch.forEachInContext { _ in
                    await Task.yield()
                    seen.append(LogContext.current.traceID)
                }
                #expect(LogContext.current.isProcess)
                if seen.count == 100 { break }
            }
            #expect(seen == traces)
        }
    }

    @Test("Several iterations share the records, and each record goes to one of them")
    func severalIterations() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<2000), to: topic)
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            let seen = Locked<[Int]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for try await record in consumer {
                            let count = seen.change { seen in
                                seen.append(record.offset.rawValue)
                                return seen.count
                            }
                            if count == 2000 { consumer.triggerGracefulShutdown() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(seen.value.sorted() == Array(0..<2000))
        }
    }

    @Test("The number of records that are read ahead is limited, and all records arrive in the end")
    func backpressure() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<5000), to: topic)
        var configuration = try TestBroker.consumer(.all(topic))
        configuration.maximumBufferedRecords = 100
        try await withKafkaConsumer(configuration) { consumer in
            await until { consumer.statistics.buffered == 100 }
            for record in 0..<5000 {
                #expect(consumer.statistics.buffered <= 100)
                let offsets = try await consumer.take(1).map(\.offset.rawValue)
                #expect(offsets == [record])
            }
        }
    }

    @Test("Seeking to an offset, to the beginning, to the end or before the end makes the next record the one there")
    func seek() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<1000), to: topic)
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            func place(_ offset: KafkaOffset) -> [KafkaTopicPartitionOffset] {
                [KafkaTopicPartitionOffset(topic: topic, partition: 0, offset: offset)]
            }
            #expect(try await consumer.take(10).last?.offset == 9)
            for offset in [500, 3, 999, 0] {
                try await consumer.seek(topicPartitionOffsets: place(.init(rawValue: offset)))
                #expect(try await consumer.take(1).map(\.offset.rawValue) == [offset])
            }
            try await consumer.seek(topicPartitionOffsets: place(.tail(7)))
            #expect(try await consumer.take(7).map(\.offset.rawValue) == Array(993..<1000))
            try await consumer.seek(topicPartitionOffsets: place(.beginning))
            #expect(try await consumer.take(1).first?.offset == 0)
            try await consumer.seek(topicPartitionOffsets: place(.end))
            try await send(["next"], to: topic)
            #expect(try await consumer.take(1).first?.text == "next")
        }
    }

    @Test("Seeking a partition that is not assigned is an error that names it")
    func seekElsewhere() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            let error = await #expect(throws: KafkaError.self) {
                try await consumer.seek(topicPartitionOffsets: [
                    KafkaTopicPartitionOffset(topic: topic, partition: 1, offset: 0)
                ])
            }
            #expect(error?.code == .notAssigned)
            #expect(error?.subject == "\(topic) [1]")
        }
    }

    @Test(
        "Seeking by time makes the next record the first one at or after the time",
        .enabled(if: TestBroker.isReal, "KAFKA_BOOTSTRAP_SERVERS is not set")
    )
    func seekByTime() async throws {
        let topic = try await TestBroker.topic()
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for second in 0..<100 {
                try producer.enqueue(
                    KafkaMessage(
                        topic: topic,
                        value: "\(second)",
                        timestamp: KafkaTimestamp(millisecondsSinceEpoch: 1_700_000_000_000 + Int64(second) * 1000)
                    )
                )
            }
        }
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            _ = try await consumer.take(1)
            try await consumer.seek(
                topicPartitions: [partition],
                to: KafkaTimestamp(millisecondsSinceEpoch: 1_700_000_041_500)
            )
            #expect(try await consumer.takeOne().text == "42")
            let later = KafkaTimestamp(millisecondsSinceEpoch: 1_800_000_000_000)
            #expect(try await consumer.offsets(of: [partition], at: later).map(\.offset) == [.end])
            // Kafka takes -1 for the end and -2 for the beginning.
            for time in [0, -1, -2, -3, -1000, Int64.min] {
                let early = KafkaTimestamp(millisecondsSinceEpoch: time)
                #expect(try await consumer.offsets(of: [partition], at: early).map(\.offset) == [0], "\(time) ms")
                try await consumer.seek(topicPartitions: [partition], to: early)
                #expect(try await consumer.takeOne().text == "0", "\(time) ms")
            }
        }
    }

    @Test("A paused partition delivers no record, and a resumed one continues with the first record that was not taken")
    func pause() async throws {
        let topic = try await TestBroker.topic(partitions: 2)
        try await send(texts(0..<300), to: topic, partition: 0)
        try await send(texts(0..<300), to: topic, partition: 1)
        let paused = KafkaTopicPartition(topic: topic, partition: 0)
        var configuration = try TestBroker.consumer(.all(topic, partitions: 2))
        configuration.maximumBufferedRecords = 50
        try await withKafkaConsumer(configuration) { consumer in
            var seen: [KafkaPartition: [String?]] = [:]
            while seen[0, default: []].count < 10 {
                let record = try await consumer.takeOne()
                seen[record.partition, default: []].append(record.text)
            }
            try await consumer.pause(topicPartitions: [paused])
            let before = seen[0, default: []].count
            while seen[1, default: []].count < 300 {
                let record = try await consumer.takeOne()
                #expect(record.partition == 1)
                seen[record.partition, default: []].append(record.text)
            }
            #expect(seen[0, default: []].count == before)
            try await consumer.resume(topicPartitions: [paused])
            while seen[0, default: []].count < 300 {
                let record = try await consumer.takeOne()
                seen[record.partition, default: []].append(record.text)
            }
            #expect(seen == [0: texts(0..<300), 1: texts(0..<300)])
        }
    }

    @Test("A paused partition that is given up and assigned again delivers its records")
    func pauseAndAssignAgain() async throws {
        let topic = try await TestBroker.topic()
        try await send(texts(0..<20), to: topic)
        let place = KafkaTopicPartition(topic: topic, partition: 0)
        try await withKafkaConsumer(TestBroker.consumer(.group(id: "group-\(topic)", topics: [topic]))) { consumer in
            #expect(try await consumer.take(10).map(\.text) == texts(0..<10))
            try await consumer.pause(topicPartitions: [place])
            try await consumer.unsubscribe()
            try await consumer.assign([KafkaTopicPartitionOffset(topicPartition: place, offset: 10)])
            #expect(try await consumer.take(5).map(\.text) == texts(10..<15))
            try await consumer.pause(topicPartitions: [place])
            try await consumer.subscribe(topics: [topic])
            #expect(try await consumer.take(20).map(\.text) == texts(0..<20))
        }
    }

    @Test("Position and lag follow the taken records, not the records that were read ahead")
    func positionAndLag() async throws {
        let topic = try await TestBroker.topic()
        let partition = KafkaTopicPartition(topic: topic, partition: 0)
        try await send(texts(0..<100), to: topic)
        try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { consumer in
            for taken in [1, 30, 69] {
                let last = try await consumer.take(taken).last?.offset.rawValue ?? -1
                #expect(try consumer.position(topicPartitions: [partition]).map(\.offset?.rawValue) == [last + 1])
                #expect(try consumer.lag() == [partition: 99 - last])
            }
            try await consumer.seek(topicPartitionOffsets: [
                KafkaTopicPartitionOffset(topicPartition: partition, offset: 40)
            ])
            #expect(try consumer.position(topicPartitions: [partition]).map(\.offset) == [40])
            #expect(try await consumer.watermarks(of: partition) == KafkaWatermarks(low: 0, high: 100))
            #expect(
                consumer.statistics.openMetrics.contains(
                    "kafka_consumer_lag{client=\"\(consumer.statistics.client)\",partition=\"0\",topic="
                )
            )
        }
    }

    @Test("Statistics show the formats of the records' traces, and the reasons for records without one")
    func headerStatistics() async throws {
        let topic = try await TestBroker.topic()
        let good = KafkaHeader(key: "traceparent", value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        let ff = KafkaHeader(key: "traceparent", value: "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        let b3 = KafkaHeader(key: "b3", value: "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")
        let upperCase = KafkaHeader(key: "B3", value: "0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-1")
        try await withKafkaProducer(TestBroker.producer()) { producer in
            for headers in [[good], [good, good], [ff], [ff, b3], [upperCase], []] {
                try producer.enqueue(KafkaMessage(topic: topic, value: "x", headers: headers, context: LogContext()))
            }
        }
        var configuration = try TestBroker.consumer(.all(topic))
        configuration.headerCodecs = HeaderCodecs([.traceContext, .b3])
        try await withKafkaConsumer(configuration) { consumer in
            let records = try await consumer.take(6)
            // A context counts once, when it is first used.
            #expect(consumer.statistics.headers == HeaderCodecStatistics())
            for record in records + records { _ = record.context }
            let statistics = consumer.statistics
            #expect(statistics.headers.traces == [.format(.traceContext): 2, .format(.b3): 1])
            #expect(statistics.headers.withoutTrace == 3)
            #expect(statistics.headers.duplicates == 1)
            let misses = statistics.headers.misses.map { "\($0) \($1)" }.sorted()
            #expect(misses == ["b3: upper-case hex 1", "tracecontext: version ff 2"])
            let sample = "format=\"tracecontext\",reason=\"version ff\"} 2"
            let miss = "kafka_consumer_header_misses_total{client=\"\(statistics.client)\",\(sample)\n"
            #expect(statistics.openMetrics.contains(miss))
        }
    }
}
