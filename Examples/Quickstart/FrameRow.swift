/// One step in the life of a frame: a line of the log, or the broker, whose header a line reports.
struct FrameRow: Equatable {
    let step: String
    let thread: String
    let line: String
    let trace: String

    /// Makes the rows of a line: two if the line reports a record that came from a broker.
    static func rows(of line: LoggedLine) -> [FrameRow] {
        var rows: [FrameRow] = []
        if let header = line.text("traceparent"), let topic = line.text("topic") {
            let place = "\(topic) [\(line.number("partition") ?? -1)]@\(line.number("offset") ?? -1)"
            // The header is VERSION-TRACE-SPAN-FLAGS.
            let parts = header.split(separator: "-", omittingEmptySubsequences: false)
            rows.append(
                FrameRow(
                    step: "Kafka broker",
                    thread: "–",
                    line: "traceparent in \(place)",
                    trace: parts.count > 1 ? String(parts[1]) : header
                )
            )
        }
        rows.append(
            FrameRow(
                step: step(of: line),
                thread: line.thread.map { String($0) } ?? "?",
                line: line.message + details(of: line),
                trace: line.trace
            )
        )
        return rows
    }

    private static func step(of line: LoggedLine) -> String {
        switch line.message {
        case "frame decoded": "Dispatch queue"
        case "picture searched": "child task"
        case _ where line.logger == "quickstart.detector": "worker"
        default: line.logger.split(separator: ".").last.map { String($0) } ?? line.logger
        }
    }

    private static func details(of line: LoggedLine) -> String {
        if let label = line.text("label") { return " label=\(label)" }
        if let list = line.texts("detections") { return " detections=[\(list.joined(separator: ","))]" }
        if let camera = line.text("camera") { return " camera=\(camera)" }
        return ""
    }
}
