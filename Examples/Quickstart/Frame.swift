import Foundation
import KafkaPropagation

/// The value of a message. It has the frame's number and the trace in which it was sent, so that the program can check
/// itself.
struct Frame: Codable, Sendable {
    var run: String
    var frame: Int
    var camera: String
    var trace: String
    var detections: [String]?

    enum CodingKeys: String, CodingKey {
        case run, frame, camera, detections
        case trace = "trace_id"
    }

    /// Reads the frame of a record. The result is nil for a record of another run.
    init?(_ record: KafkaRecord, run: String) {
        guard let value = record.value, let frame = try? JSONDecoder().decode(Frame.self, from: Data(value)),
            frame.run == run
        else { return nil }
        self = frame
    }

    init(run: String, frame: Int, camera: String, trace: String) {
        self.run = run
        self.frame = frame
        self.camera = camera
        self.trace = trace
    }

    /// Returns the frame with its detections.
    func with(_ detections: [String]) -> Frame {
        var frame = self
        frame.detections = detections
        return frame
    }

    /// The message that carries the frame over a hop.
    func message(topic: String) throws -> KafkaMessage {
        KafkaMessage(topic: topic, key: camera, value: try JSONEncoder().encode(self))
    }
}

extension KafkaRecord {
    /// The W3C header with the sender's trace ID, as the broker delivered it.
    var traceparent: String? { header("traceparent")?.value.map { String(decoding: $0, as: UTF8.self) } }
}
