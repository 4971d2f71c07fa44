import ContextPropagation
import KafkaPropagation
import Testing

@Suite("Records that a test makes", .timeLimit(.minutes(10)))
struct RecordTests {
    private let trace = "0af7651916cd43dd8448eb211c80319c"

    private var record: KafkaRecord {
        let header = KafkaHeader(key: "traceparent", value: "00-\(trace)-b7ad6b7169203331-01")
        return KafkaRecord(
            topic: "frames",
            partition: 3,
            offset: 42,
            key: "north-gate",
            value: "one",
            headers: [header]
        )
    }

    @Test("A record that a test makes has everything that a handler reads")
    func everything() throws {
        #expect(record.topicPartitionOffset.description == "frames [3] @ 42")
        #expect(record.nextTopicPartitionOffset.offset == 43)
        #expect(record.keyText == "north-gate" && record.valueText == "one")
        #expect(record.key == Array("north-gate".utf8) && record.value == Array("one".utf8))
        #expect(record.headers.map(\.key) == ["traceparent"] && record.header("traceparent") != nil)
        #expect(record.context.traceID?.description == trace)
        #expect(record.timestamp != nil && record.timestampType == .createTime)
        var names: [String] = []
        record.forEachHeader { name, value in
            names.append(String(decoding: name.withUnsafeBufferPointer { Array($0) }, as: UTF8.self))
            let count = value?.count ?? 0
            #expect(count > 0)
        }
        #expect(names == ["traceparent"])
    }

    @Test("A tombstone, an empty value and a value that is not UTF-8 differ")
    func values() {
        let tombstone = KafkaRecord(topic: "frames", value: nil)
        #expect(tombstone.isTombstone && tombstone.value == nil && tombstone.valueText == nil)
        #expect(tombstone.decodeValue { $0.count } == nil)
        let empty = KafkaRecord(topic: "frames", key: "k", value: [UInt8]())
        #expect(!empty.isTombstone && empty.value == [] && empty.valueText == "")
        let binary = KafkaRecord(topic: "frames", value: [0xFF, 0xFE])
        #expect(binary.valueText == nil && binary.decodeValue { $0.count } == 2)
    }

    @Test("fanOut handles each record in the record's context")
    func fanOutInContext() async throws {
        let traces = try await fanOut([record], maxConcurrency: 2) { _ in LogContext.current.traceID?.description }
        #expect(traces == [trace])
        #expect(record.withContext { LogContext.current.traceID?.description } == trace)
        var seen: [String?] = []
        [record].forEachInContext { _ in seen.append(LogContext.current.traceID?.description) }
        #expect(seen == [trace])
    }

    @Test("A test can make a rebalance")
    func rebalance() {
        let event = KafkaConsumerRebalance(
            kind: .revoke,
            partitions: [.init(topic: "frames", partition: 1)],
            isLost: true
        )
        #expect(event.isLost && event.kind == .revoke && event.partitions.count == 1)
    }
}
