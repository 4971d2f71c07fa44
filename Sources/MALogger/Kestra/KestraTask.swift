public import ContextLog
internal import ContextPropagation

/// Passes outputs and metrics to the Kestra task that runs this process.
///
///     KestraTask.output { $0.frames = 17 }                   // {{ outputs.detect.vars.frames }} in the flow
///     KestraTask.count("detections", 3, tags: ["camera": "north-gate"])
///     KestraTask.time("inference", .milliseconds(120))
///
/// With `LOG_FORMAT=kestra`, each call writes one line to standard output that Kestra reads and does not show. No log
/// line of another thread tears it. With any other format, each call logs a line at `INFO` with the same values, so
/// that a program shows them wherever it runs.
///
/// Call ``setupLogging()`` before. Kestra's documentation describes its lines under "Outputs and metrics in script
/// tasks".
public enum KestraTask {
    private static let log = Log("kestra")

    /// Adds outputs to those of the task. A name that is set again gets the later value.
    ///
    /// - Parameter fields: Sets the outputs, as the closure of a log line sets attributes. Kestra keeps numbers, texts,
    ///   Booleans, arrays and objects, and drops null.
    public static func output(_ fields: (inout LogFields) -> Void) {
        guard let backend = LineBackend.kestra else { return log.info("task outputs", fields) }
        if let line = KestraReport.outputs(LogFields.render(fields)) { backend.write(report: line) }
    }

    /// Adds to a counter of the task.
    ///
    /// - Parameters:
    ///   - name: The counter's name.
    ///   - value: The number to add. If it is not finite, a `WARNING` line is logged instead.
    ///   - tags: Kestra adds up the values that have the same name and the same tags.
    public static func count(_ name: String, _ value: Double = 1, tags: [String: String] = [:]) {
        report(name, type: "counter", value, tags)
    }

    /// Adds to a timer of the task.
    ///
    /// - Parameters:
    ///   - name: The timer's name.
    ///   - duration: The time to add. Kestra gets it in seconds.
    ///   - tags: Kestra adds up the times that have the same name and the same tags.
    public static func time(_ name: String, _ duration: Duration, tags: [String: String] = [:]) {
        let (seconds, attoseconds) = duration.components
        report(name, type: "timer", Double(seconds) + Double(attoseconds) / 1e18, tags)
    }

    private static func report(_ name: String, type: StaticString, _ value: Double, _ tags: [String: String]) {
        guard value.isFinite else {
            return log.warning("The \(type) \(name) was not reported: its value \(value) is not a finite number")
        }
        guard let backend = LineBackend.kestra else {
            return log.info("task metric") {
                $0.name = name
                $0.type = "\(type)"
                $0.value = value
                if !tags.isEmpty { $0.tags = tags }
            }
        }
        backend.write(report: KestraReport.metric(name, type: type, value, tags: tags))
    }
}
