import Foundation

/// A JSON line of the run, as it was read back.
struct LoggedLine {
    let timestamp: String
    let message: String
    let logger: String
    let trace: String
    let execution: String
    let task: String
    private let attributes: [String: Any]

    /// Reads a line. The result is nil if the line is not a JSON object with the nine keys of a log line.
    init?(_ line: Data) {
        guard let object = (try? JSONSerialization.jsonObject(with: line)) as? [String: Any],
            let timestamp = object["timestamp"] as? String, object["level"] is String,
            let message = object["message"] as? String, object["service.name"] is String,
            let logger = object["log.logger"] as? String, object["log.origin.file.line"] is Int,
            let trace = object["trace_id"] as? String, let execution = object["execution_id"] as? String,
            let task = object["task_id"] as? String
        else { return nil }
        self.timestamp = timestamp
        self.message = message
        self.logger = logger
        self.trace = trace
        self.execution = execution
        self.task = task
        attributes = object["attributes"] as? [String: Any] ?? [:]
    }

    /// The number of the frame that the line is about.
    var frame: Int? { number("frame") }
    /// The number of the thread that wrote the line.
    var thread: Int? { number("thread") }

    func number(_ name: String) -> Int? { attributes[name] as? Int }
    func text(_ name: String) -> String? { attributes[name] as? String }
    func texts(_ name: String) -> [String]? { attributes[name] as? [String] }

    /// Whether the line is a span, which `LOG_SPANS` writes among the log lines.
    static func isSpan(_ line: Data) -> Bool { line.starts(with: Array(#"{"resourceSpans""#.utf8)) }
}
