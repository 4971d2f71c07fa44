import ContextPropagation
import Foundation
import KafkaPropagation
import KafkaPropagationTesting
import Testing

/// The complete service of the README, as a process with a broker.
@Suite("The program detection-service", .timeLimit(.minutes(10)))
struct DetectionServiceTests {
    private let kafka: EmbeddedKafka
    private let frames = SentRecord.records(3000) { "camera \($0 % 10)" }

    init() throws {
        kafka = try EmbeddedKafka(topics: ["frames": 2, "detections": 2, "frames.dead-letters": 1])
    }

    private func send() async throws {
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for frame in frames {
                let message = KafkaMessage(
                    topic: "frames",
                    key: frame.key,
                    value: [UInt8](repeating: 255, count: frame.number % 100),
                    partition: KafkaPartition(rawValue: frame.partition),
                    context: LogContext(traceID: frame.trace)
                )
                try producer.enqueue(message)
            }
        }
    }

    /// Runs the service until it ends. It gets SIGTERM after `count` frames.
    private func lines(untilTerminatedAfter count: Int) async throws -> [WorkerLine] {
        let environment = ["KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrapServers]
        let service = try ChildProcess("detection-service", [], environment: environment)
        var lines: [WorkerLine] = []
        var handled = 0
        for await line in service.lines {
            guard let line = WorkerLine(line) else { continue }
            lines.append(line)
            if line.message == "detections sent" {
                handled += 1
                if handled == count { service.terminate() }
            }
        }
        #expect(await service.status == 0)
        #expect(service.errorText == "")
        #expect(lines.last?.message == "service ended")
        return lines
    }

    private func detections(_ count: Int) async throws -> [KafkaRecord] {
        let places = [0, 1].map {
            KafkaTopicPartitionOffset(topic: "detections", partition: .init(rawValue: $0), offset: .beginning)
        }
        return try await withKafkaConsumer(kafka.consumerConfiguration(.partitions(places))) { consumer in
            var records: [KafkaRecord] = []
            for try await record in consumer {
                records.append(record)
                if records.count == count, try consumer.lag().values.allSatisfy({ $0 == 0 }) { break }
            }
            return records
        }
    }

    /// The frames before the committed offset of their partition.
    private func committedFrames() async throws -> [SentRecord] {
        let configuration = kafka.consumerConfiguration(.partitions([], groupID: "detectors"))
        return try await withKafkaConsumer(configuration) { consumer in
            let partitions = [0, 1].map { KafkaTopicPartition(topic: "frames", partition: .init(rawValue: $0)) }
            let offsets = try await consumer.committed(topicPartitions: partitions).map { $0.offset?.rawValue ?? 0 }
            return frames.filter { $0.offset < offsets[$0.partition] }
        }
    }

    @Test("SIGTERM among many frames: status 0, each frame is handled once and in its trace, or not committed")
    func terminated() async throws {
        try await send()
        let lines = try await lines(untilTerminatedAfter: 100)
        func traces(_ message: String) -> [String] { lines.filter { $0.message == message }.map(\.trace).sorted() }
        let handled = traces("detections sent")
        #expect(handled.count >= 100 && Set(handled).count == handled.count)
        #expect(traces("frame decoded") == handled && traces("Task inference success") == handled)
        #expect(Set(handled).isSubset(of: frames.compactMap { $0.trace?.description }))
        let committed = try await committedFrames()
        #expect(!committed.isEmpty && Set(committed.compactMap { $0.trace?.description }).isSubset(of: handled))

        let detections = try await detections(handled.count)
        #expect(detections.compactMap { $0.context.traceID?.description }.sorted() == handled)
        let objects = Dictionary(uniqueKeysWithValues: frames.map { ($0.trace, "\($0.number % 100)") })
        for detection in detections { #expect(detection.valueText == objects[detection.context.traceID]) }
    }

    @Test("Without a broker in the environment it ends at once: status 1, and one CRITICAL line names the variable")
    func noBroker() async throws {
        let service = try ChildProcess("detection-service", [])
        var lines: [WorkerLine] = []
        for await line in service.lines { lines += [WorkerLine(line)].compactMap(\.self) }
        #expect(await service.status == 1)
        #expect(lines.count == 1 && lines.first?.level == "CRITICAL")
        #expect(lines.first?.error?.hasPrefix("KAFKA_BOOTSTRAP_SERVERS: names no broker") == true)
    }
}
