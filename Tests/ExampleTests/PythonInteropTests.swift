import ContextPropagation
import Foundation
import KafkaPropagationTesting
import TestSupport
import Testing

/// Frames go from Python to Swift, and the answers go back. `INTEROP_PYTHON` is the path of a Python with the packages
/// of `Examples/PythonInterop/requirements.txt`.
@Suite("A camera in Python and detection-service", .timeLimit(.minutes(10)))
struct PythonInteropTests {
    private static let python = ProcessInfo.processInfo.environment["INTEROP_PYTHON"]

    /// A row of the camera's table.
    private struct Row {
        let objects: Int?
        let sent: String
        let received: String

        init?(_ line: Data) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ").map(String.init)
            guard words.count == 4 else { return nil }
            (objects, sent, received) = (Int(words[1]), words[2], words[3])
        }
    }

    private func camera(_ servers: String, frames: Int) async throws -> [Row] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Examples/PythonInterop/camera.py")
        let program = Program(path: try #require(Self.python), environment: ["KAFKA_BOOTSTRAP_SERVERS": servers])
        return try await program.run(script.path, "\(frames)").dropFirst().map { try #require(Row($0)) }
    }

    @Test(
        "Each frame has one trace: in Python's span, in the lines of the service, and in the answer that Python reads",
        .enabled(if: python != nil, "INTEROP_PYTHON is not set")
    )
    func thereAndBack() async throws {
        let kafka = try EmbeddedKafka(topics: ["frames": 2, "detections": 2, "frames.dead-letters": 1])
        let environment = ["KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrapServers]
        let service = try ChildProcess("detection-service", [], environment: environment)
        let rows = try await camera(kafka.bootstrapServers, frames: 20)
        service.terminate()
        var traces: [String: [String]] = [:]
        for await line in service.lines {
            guard let line = WorkerLine(line) else { continue }
            traces[line.message, default: []].append(line.trace)
        }
        #expect(await service.status == 0)

        let sent = Set(rows.map(\.sent))
        #expect(rows.count == 20 && sent.count == 20)
        #expect(sent.allSatisfy { TraceID($0) != nil })
        for row in rows { #expect(row.received == row.sent) }
        #expect(rows.compactMap(\.objects).sorted() == Array(0..<20))
        for message in ["frame decoded", "detections sent"] {
            #expect(traces[message]?.sorted() == sent.sorted(), "\(message)")
        }
    }
}
