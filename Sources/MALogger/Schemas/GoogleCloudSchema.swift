internal import ContextLog
internal import ContextPropagation

/// The special fields of Google Cloud Logging.
///
/// The logging agent moves them into the `LogEntry`; the rest of the line is its `jsonPayload`. The IDs are labels
/// of the entry. A context without an ID has no label for it. Cloud Logging has no severity
/// below `DEBUG`, so `TRACE` becomes `DEBUG`.
///
/// Specification: [Structured logging, special
/// fields](https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields) and
/// [LogEntry](https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry).
struct GoogleCloudSchema: LineSchema {
    let serviceName: String
    /// The project of the traces. Without it, a line has no resource name of its trace.
    let project: String?

    var timeKey: StaticString { "{\"time\":\"" }

    func append(_ level: LogLevel, to bytes: inout ByteWriter) {
        bytes.append("severity", string: level == .trace ? LogLevel.debug.description : level.description)
    }

    func append(label: String, to bytes: inout ByteWriter) {
        // Error Reporting groups errors by this name.
        bytes.append(memberKey: "serviceContext")
        bytes.append("{\"service\":")
        bytes.append(quoting: serviceName)
        bytes.append("}")
        bytes.append("log.logger", string: label)
    }

    func append(_ place: SourcePlace, to bytes: inout ByteWriter) {
        bytes.append(memberKey: "logging.googleapis.com/sourceLocation")
        bytes.append("{\"file\":\"")
        bytes.append(escaping: place.fileID)
        // JSON has the type int64 of the entry as a string.
        bytes.append("\",\"line\":\"")
        bytes.append(decimal: place.line)
        bytes.append("\",\"function\":\"")
        bytes.append(escaping: place.function)
        bytes.append("\"}")
    }

    func append(_ context: LogContext.Parts, to bytes: inout ByteWriter) {
        if let traceID = context.traceID, let project {
            bytes.append("logging.googleapis.com/trace", string: "projects/\(project)/traces/\(traceID)")
        }
        if let spanID = context.spanID {
            bytes.append("logging.googleapis.com/spanId", spanID)
            bytes.append(memberKey: "logging.googleapis.com/trace_sampled")
            bytes.append(context.traceFlags.contains(.sampled) ? "true" : "false")
        }

        let start = bytes.count
        if let traceID = context.traceID?.description ?? context.correlationID {
            bytes.append("trace_id", string: traceID)
        }
        if let executionID = context.executionID { bytes.append("execution_id", string: executionID) }
        if let taskID = context.taskID { bytes.append("task_id", string: taskID) }
        if context.spanID != nil, let parent = context.parentSpanID { bytes.append("parent_span_id", parent) }
        bytes.enclose(from: start, in: "logging.googleapis.com/labels")
    }

    func append(_ error: RedactedError, to bytes: inout ByteWriter) {
        bytes.append("exception.type", string: error.type)
        bytes.append("exception.message", string: error.message)
        if let stackTrace = error.stackTrace { bytes.append("stack_trace", string: stackTrace) }
    }
}
