import ContextPropagation
import KafkaPropagation
import KafkaPropagationTesting
import Testing

@Suite("Round trip", .timeLimit(.minutes(10)))
struct RoundTripTests {
    /// Sends messages to a new topic and reads them back.
    private func roundTrip(_ messages: (String) -> [KafkaMessage]) async throws -> [KafkaRecord] {
        let topic = try await TestBroker.topic()
        let messages = messages(topic)
        try await withKafkaProducer(TestBroker.orderedProducer()) { producer in
            for message in messages { try producer.enqueue(message) }
        }
        return try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { try await $0.take(messages.count) }
    }

    @Test("A tombstone, an empty value and a value stay different")
    func values() async throws {
        let records = try await roundTrip { topic in
            [
                KafkaMessage(topic: topic, key: "k", value: nil),
                KafkaMessage(topic: topic, key: "k", value: ""),
                KafkaMessage(topic: topic, key: "k", value: [0, 255, 10]),
                KafkaMessage(topic: topic, key: "k", value: [UInt8]()),
            ]
        }
        #expect(records.map(\.value) == [nil, [], [0, 255, 10], []])
        #expect(records.map(\.isTombstone) == [true, false, false, false])
        #expect(records.map { $0.withValue { $0 == nil } } == [true, false, false, false])
        #expect(records.map { $0.withValue { $0?.count } } == [nil, 0, 3, 0])
    }

    @Test("Small and large values arrive unchanged, and stay readable after the end of their consumer")
    func sizes() async throws {
        // The bytes of the largest ones are not copied.
        let sizes = [0, 1, 100, 16_000, 16_384, 16_385, 100_000, 500_000, 7]
        let records = try await roundTrip { topic in
            sizes.enumerated().map { number, size in
                KafkaMessage(
                    topic: topic,
                    key: "key \(number)",
                    value: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) },
                    headers: [KafkaHeader(key: "number", value: "\(number)")]
                )
            }
        }
        #expect(records.map { $0.withValue { $0?.count ?? -1 } } == sizes)
        for (number, record) in records.enumerated() {
            #expect(record.keyText == "key \(number)")
            #expect(record.header("number")?.text == "\(number)")
            let isUnchanged = record.withValue { value in
                guard let value else { return false }
                return value.indices.allSatisfy { value[$0] == UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
            }
            #expect(isUnchanged, "value \(number)")
        }
    }

    @Test("Every task that asks for a record's context gets the same one")
    func oneContext() async throws {
        let records = try await roundTrip { topic in (0..<200).map { KafkaMessage(topic: topic, value: "\($0)") } }
        let contexts = await withTaskGroup(of: [SpanID?].self) { group in
            for _ in 0..<8 { group.addTask { records.map(\.context.spanID) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(contexts.allSatisfy { $0 == contexts[0] })
        #expect(Set(contexts[0].map { $0?.description }).count == records.count)
    }

    @Test("No key, an empty key and a key stay different")
    func keys() async throws {
        let records = try await roundTrip { topic in
            [
                KafkaMessage(topic: topic, value: "x"),
                KafkaMessage(topic: topic, key: "", value: "x"),
                KafkaMessage(topic: topic, key: [1, 2], value: "x"),
            ]
        }
        #expect(records.map(\.key) == [nil, [], [1, 2]])
    }

    @Test("A null header, an empty header, a binary header and two headers with one name arrive unchanged and in order")
    func headers() async throws {
        let headers = [
            KafkaHeader(key: "null", value: nil),
            KafkaHeader(key: "empty", value: ""),
            KafkaHeader(key: "binary", value: [0, 0x80, 0xff, 0x0a]),
            KafkaHeader(key: "twice", value: "1"),
            KafkaHeader(key: "Twice", value: "other case"),
            KafkaHeader(key: "twice", value: "2"),
            KafkaHeader(key: "", value: "no name"),
            KafkaHeader(key: "שם", value: "ערך"),
        ]
        let records = try await roundTrip { topic in
            [
                KafkaMessage(topic: topic, value: "x", headers: headers, context: LogContext()),
                KafkaMessage(topic: topic, value: "x", headers: headers, context: .newTrace()),
                KafkaMessage(topic: topic, value: "x", context: LogContext()),
            ]
        }
        #expect(records[0].headers == headers)
        #expect(Array(records[1].headers.prefix(headers.count)) == headers)
        #expect(records[1].headers.count > headers.count)
        #expect(records[2].headers.isEmpty)
        #expect(records[0].header("twice")?.text == "2")
        #expect(records[0].header("null") == KafkaHeader(key: "null", value: nil))
        #expect(records[0].header("NULL") == nil)
    }

    @Test("The record's parent is the context of the sending code")
    func context() async throws {
        let sender = LogContext(
            traceID: .random(),
            baggage: nil,
            executionID: "run-7",
            taskID: "local"
        )
        let records = try await roundTrip { topic in
            [KafkaMessage(topic: topic, value: "x", context: sender), KafkaMessage(topic: topic, value: "y")]
        }
        let context = records[0].context
        #expect(context.traceID == sender.traceID)
        #expect(context.parentSpanID == sender.spanID)
        #expect(context.spanID != nil && context.spanID != sender.spanID)
        #expect(context.executionID == "run-7")
        #expect(context.taskID != "local")
        #expect(records[0].withContext { LogContext.current.spanID } == context.spanID)
        let inTask = await records[0].withContext { () async in await Task { LogContext.current.spanID }.value }
        #expect(inTask == context.spanID)
    }

    @Test("A record without a trace gets a new trace")
    func withoutTrace() async throws {
        let records = try await roundTrip { topic in
            [
                KafkaMessage(topic: topic, value: "x", context: LogContext()),
                KafkaMessage(
                    topic: topic,
                    value: "y",
                    headers: [KafkaHeader(key: "traceparent", value: "00-not a trace")],
                    context: LogContext()
                ),
            ]
        }
        #expect(records.allSatisfy { $0.context.traceID != nil || $0.context.correlationID != nil })
        if LogContext.process.traceID == nil {
            #expect(records[0].context.traceID != records[1].context.traceID)
        }
    }

    @Test("A record that is consumed, changed and sent on three times has one trace, the correct one")
    func sentOn() async throws {
        var topics: [String] = []
        for _ in 0..<4 { topics.append(try await TestBroker.topic()) }
        let start = LogContext.newTrace(executionID: "run")
        try await withKafkaProducer(TestBroker.producer()) { producer in
            let stale = LogContext.newTrace()
            try await producer.send(
                KafkaMessage(
                    topic: topics[0],
                    value: "0",
                    headers: [
                        KafkaHeader(key: "traceparent", value: "00-\(stale.traceID!)-\(stale.spanID!)-01"),
                        KafkaHeader(key: "TraceParent", value: "00-\(stale.traceID!)-\(stale.spanID!)-00"),
                        KafkaHeader(key: "b3", value: "\(stale.traceID!)-\(stale.spanID!)-1"),
                        KafkaHeader(key: "app", value: "1"),
                        KafkaHeader(key: "correlation_id", value: "order-1"),
                    ],
                    context: start
                )
            )
            var parent = start.spanID
            for hop in 0..<3 {
                let record = try await withKafkaConsumer(TestBroker.consumer(.all(topics[hop]))) {
                    try await $0.take(1)[0]
                }
                #expect(record.context.traceID == start.traceID)
                #expect(record.context.parentSpanID == parent)
                let names = record.headers.map { $0.key.lowercased() }
                #expect(names.filter { $0 == "traceparent" }.count == 1)
                #expect(!names.contains("b3"))
                #expect(record.header("app")?.text == "1")
                #expect(record.header("correlation_id")?.text == "order-1")
                #expect(record.headers.count == 5)
                var message = KafkaMessage(topic: topics[hop + 1], forwarding: record)
                message.value = Array("\(hop + 1)".utf8)
                try await record.withContext { _ = try await producer.send(message) }
                parent = record.context.spanID
            }
            let last = try await withKafkaConsumer(TestBroker.consumer(.all(topics[3]))) { try await $0.take(1)[0] }
            #expect(last.text == "3")
            #expect(last.context.traceID == start.traceID)
            #expect(last.context.executionID == "run")
            #expect(last.header("traceparent")?.text == "00-\(start.traceID!)-\(parent!)-01")
        }
    }

    @Test("A record has the topic, partition, offset, timestamp and timestamp type of the message")
    func fields() async throws {
        let time = KafkaTimestamp(millisecondsSinceEpoch: 1_700_000_000_123)
        let topic = try await TestBroker.topic(partitions: 3)
        try await withKafkaProducer(TestBroker.producer()) { producer in
            try await producer.send(KafkaMessage(topic: topic, value: "x", partition: 2, timestamp: time))
        }
        let record = try await withKafkaConsumer(TestBroker.consumer(.all(topic, partitions: 3))) {
            try await $0.take(1)[0]
        }
        #expect(record.topicPartitionOffset == KafkaTopicPartitionOffset(topic: topic, partition: 2, offset: 0))
        #expect(record.timestamp == time)
        #expect(record.timestampType == .createTime)
    }

    @Test("Compressed batches arrive", arguments: [KafkaProducerConfiguration.Compression.gzip, .snappy, .lz4, .zstd])
    func compression(_ compression: KafkaProducerConfiguration.Compression) async throws {
        let topic = try await TestBroker.topic()
        var configuration = try TestBroker.orderedProducer()
        configuration.compression = compression
        let texts = (0..<500).map { "\($0) \(String(repeating: "a", count: 200))" }
        try await withKafkaProducer(configuration) { producer in
            for text in texts { try producer.enqueue(KafkaMessage(topic: topic, value: text)) }
        }
        let records = try await withKafkaConsumer(TestBroker.consumer(.all(topic))) { try await $0.take(500) }
        #expect(records.map(\.text) == texts)
    }

    @Test("Of twenty thousand stale headers none is sent on, and the application's headers are")
    func manyStaleHeaders() async throws {
        let stale = (0..<20_000).map { KafkaHeader(key: "x-b3-\($0)", value: "") }
        let tenant = KafkaHeader(key: "tenant", value: "north")
        let records = try await roundTrip { topic in
            [
                KafkaMessage(topic: topic, value: "x", headers: stale + [tenant] + stale, context: .newTrace()),
                KafkaMessage(topic: topic, value: "x", headers: [tenant, stale[0]], context: LogContext()),
            ]
        }
        #expect(records[0].headers.map(\.key) == ["tenant", "traceparent", "trace_id"])
        #expect(records[1].headers == [tenant, stale[0]])
    }

    @Test("Codecs work on the headers of a message and of a record")
    func headersAsCarrier() throws {
        let context = LogContext.newTrace()
        var headers = [KafkaHeader(key: "B3", value: "0"), KafkaHeader(key: "tenant", value: nil as String?)]
        HeaderCodecs([.b3]).inject(context, into: &headers)
        #expect(headers.map(\.key) == ["tenant", "b3"])
        #expect(headers[0].value == nil)
        #expect(HeaderCodecs([.b3]).extract(from: headers).traceID == context.traceID)
    }
}
