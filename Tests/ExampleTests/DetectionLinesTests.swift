import KafkaPropagation
import KafkaPropagationTesting
import MALogger
import PropagationTesting
import Testing

@testable import detection_service

@Suite("The lines of a frame", .timeLimit(.minutes(10)))
struct DetectionLinesTests {
    @Test("A Dispatch thread, a worker and the handler write their lines with the trace of the frame")
    func linesOfAFrame() async throws {
        let kafka = try EmbeddedKafka(topics: ["detections": 1])
        let context = LogContext.newTrace()
        let frame = KafkaRecord(topic: "frames", partition: 0, offset: 0, value: [0, 200, 255], context: context)

        let lines = try await capturedLines {
            try await withKafkaProducer(kafka.producerConfiguration) { producer in
                try await withWorkerPool(.init(name: "models", workers: 1)) { pool in
                    try await frame.withContext { try await DetectionService.handle(frame, pool, producer) }
                }
            }
        }

        #expect(lines.map(\.message) == ["frame decoded", "Task inference success", "detections sent"])
        #expect(lines.map(\.traceID) == Array(repeating: context.traceID?.description, count: 3))
        #expect(lines.last?["objects"] == .integer(2))
    }
}
