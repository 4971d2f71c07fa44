import ContextLog
import ContextPropagation
import PropagationTesting
import Testing

@testable import KafkaPropagation

@Suite("Values", .timeLimit(.minutes(10)))
struct ValueTests {
    @Test("A copy has everything that its record has")
    func copy() {
        var record = KafkaRecord(topic: "frames", partition: 2, offset: 7, key: "north-gate", value: "first")
        record.attempt = 3
        let copy = record.copy()
        #expect(copy.topicPartitionOffset == record.topicPartitionOffset && copy.keyText == record.keyText)
        #expect(copy.value == record.value && copy.timestamp == record.timestamp && copy.attempt == 3)
    }

    @Test("Offsets of every size print, and offsets before the end are resolved in every partition")
    func offsets() {
        #expect(KafkaOffset.tail(100).description == "tail(100)")
        #expect(KafkaOffset.tail(-5) == .tail(0))
        #expect(KafkaOffset(rawValue: 42).description == "42")
        #expect(KafkaOffset.end.description == "end")
        let marks = KafkaWatermarks(low: 10, high: 50)
        for count in [Int.max, .max - 1, .max - 2000, 41, 40] {
            #expect(marks.resolve(.tail(count)) == 10)
            #expect(KafkaOffset.tail(count).description.hasPrefix("tail("))
        }
        #expect(KafkaOffset(rawValue: .min).description.hasPrefix("tail("))
        #expect(marks.resolve(KafkaOffset(rawValue: .min)) == 10)
        #expect(marks.resolve(.tail(3)) == 47)
        #expect(marks.resolve(.beginning) == 10)
        #expect(marks.resolve(.end) == 50)
        #expect(marks.resolve(.storedOffset) == .storedOffset)
        #expect(marks.resolve(17) == 17)
    }

    @Test("Watermarks count their records and know which offsets they contain")
    func watermarks() {
        let marks = KafkaWatermarks(low: 10, high: 50)
        #expect(marks.count == 40)
        #expect(marks.contains(10) && marks.contains(49))
        #expect(!marks.contains(9) && !marks.contains(50) && !marks.contains(.end))
        #expect(KafkaWatermarks(low: 5, high: 3).count == 0)
        #expect(marks.description == "10..<50")
    }

    @Test("Values of Kafka can be fields of lines")
    func fields() {
        let lines = capturedLines {
            Log("test").info("placed") {
                $0.offset = KafkaOffset(rawValue: 42)
                $0.end = KafkaOffset.end
                $0.partition = KafkaPartition(rawValue: 3)
                $0.place = KafkaTopicPartitionOffset(topic: "frames", partition: 3, offset: 42)
                $0.source = KafkaTopicPartition(topic: "frames", partition: 3)
                $0.time = KafkaTimestamp(millisecondsSinceEpoch: 1_700_000_000_000)
                $0.code = KafkaError.Code.queueFull
            }
        }
        let line = lines.first
        #expect(line?["offset"] == .integer(42))
        #expect(line?["end"] == .string("end"))
        #expect(line?["partition"] == .integer(3))
        let source: [LogFieldValue.Member] = [
            .init(name: "topic", value: .string("frames")), .init(name: "partition", value: .integer(3)),
        ]
        #expect(line?["source"] == .object(source))
        #expect(line?["place"] == .object(source + [.init(name: "offset", value: .integer(42))]))
        #expect(line?["time"] == .integer(1_700_000_000_000))
        #expect(line?["code"] == .string("queueFull"))
    }

    @Test("Codes and choices print their names")
    func names() {
        #expect("\(KafkaError.Code.cancelled)" == "cancelled")
        #expect("\(KafkaProducerConfiguration.Acknowledgements.leader)" == "leader")
        #expect("\(KafkaProducerConfiguration.Compression.zstd)" == "zstd")
    }

    @Test("A test can make a report")
    func report() {
        let report = KafkaDeliveryReport(topic: "frames", partition: 1, offset: 7, context: .newTrace())
        #expect(report.isAcknowledged)
        #expect(report.topicPartitionOffset == KafkaTopicPartitionOffset(topic: "frames", partition: 1, offset: 7))
        let failed = KafkaDeliveryReport(
            topic: "frames",
            partition: .unassigned,
            error: KafkaError(.timedOut, "late"),
            context: .newTrace()
        )
        #expect(!failed.isAcknowledged)
    }
}
