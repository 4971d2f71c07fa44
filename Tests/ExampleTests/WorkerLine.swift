import ContextPropagation
import Foundation
import Testing

/// A line of parallel-worker.
struct WorkerLine {
    let level: String
    let message: String
    let trace: String
    let error: String?
    private let attributes: [String: Any]

    /// Reads a line. A line that is not a JSON object with the fixed keys is an issue of the test.
    init?(_ line: Data) {
        guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
            let level = object["level"] as? String, let message = object["message"] as? String,
            let trace = object["trace_id"] as? String, object["timestamp"] is String, object["service.name"] is String,
            object["log.logger"] is String, object["execution_id"] is String, object["task_id"] is String
        else {
            Issue.record("not a line: \(String(decoding: line, as: UTF8.self))")
            return nil
        }
        self.level = level
        self.message = message
        self.trace = trace
        error = object["exception.message"] as? String
        attributes = object["attributes"] as? [String: Any] ?? [:]
    }

    func number(_ name: String) -> Int? { attributes[name] as? Int }
    func flag(_ name: String) -> Bool? { attributes[name] as? Bool }
    func text(_ name: String) -> String? { attributes[name] as? String }
    func texts(_ name: String) -> [String] { attributes[name] as? [String] ?? [] }
}

/// A record that a test sends, with a trace of its own.
struct SentRecord: Hashable {
    let number: Int
    let key: String?
    let partition: Int
    let offset: Int

    var trace: TraceID? { TraceID(high: 7, low: UInt64(number) + 1) }

    /// The records of a topic with two partitions, in order.
    ///
    /// - Parameter key: The key of each number. Numbers with the same key must all be even, or all be odd.
    static func records(_ count: Int, key: (Int) -> String?) -> [SentRecord] {
        (0..<count).map { SentRecord(number: $0, key: key($0), partition: $0 % 2, offset: $0 / 2) }
    }
}
