import ContextPropagation
import Foundation
import KafkaPropagation
import KafkaPropagationTesting
import Testing

/// The complete service of the README, as a process with a broker.
@Suite("The program detection-service", .timeLimit(.minutes(3)))
struct DetectionServiceTests {
    private let kafka: EmbeddedKafka
    private let frames = SentRecord.records(300) { "camera \($0 % 10)" }

    init() throws {
        kafka = try EmbeddedKafka(topics: ["frames": 2, "detections": 2, "frames.dead-letters": 1])
    }

    private func send() async throws {
        try await withKafkaProducer(kafka.producerConfiguration) { producer in
            for frame in frames {
                let message = KafkaMessage(
                    topic: "frames",
                    key: frame.key,
                    value: [UInt8](repeating: 255, count: frame.number),
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

    private func detections() async throws -> [KafkaRecord] {
        let places = [0, 1].map {
            KafkaTopicPartitionOffset(topic: "detections", partition: .init(rawValue: $0), offset: .beginning)
        }
        return try await withKafkaConsumer(kafka.consumerConfiguration(.partitions(places))) { consumer in
            var records: [KafkaRecord] = []
            for try await record in consumer {
                records.append(record)
                if records.count == frames.count, try consumer.lag().values.allSatisfy({ $0 == 0 }) { break }
            }
            return records
        }
    }

    @Test("SIGTERM under load: status 0, no frame is lost or repeated, and each line has the IDs of its frame")
    func terminated() async throws {
        try await send()
        let before = try await lines(untilTerminatedAfter: 100)
        let handled = before.filter { $0.message == "detections sent" }.count
        #expect(handled >= 100 && handled < 300)
        let lines = try await before + lines(untilTerminatedAfter: 300 - handled)

        let traces = frames.compactMap { $0.trace?.description }.sorted()
        for message in ["frame decoded", "inference succeeded", "detections sent"] {
            #expect(lines.filter { $0.message == message }.map(\.trace).sorted() == traces, "\(message)")
        }
        let objects = Dictionary(uniqueKeysWithValues: frames.map { ($0.trace, "\($0.number)") })
        let detections = try await detections()
        #expect(detections.count == 300)
        for detection in detections {
            #expect(detection.valueText == objects[detection.context.traceID])
        }
        #expect(Set(detections.map(\.context.traceID)).count == 300)
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
