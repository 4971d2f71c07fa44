internal import ContextLog
internal import ContextPropagation

/// The default keys. A line is the same as the line of ``JSONLineFormat``.
struct OpenTelemetrySchema: LineSchema {
    let serviceName: String

    var timeKey: StaticString { "{\"timestamp\":\"" }

    func append(_ level: LogLevel, to bytes: inout ByteWriter) {
        bytes.append(key: .level)
        bytes.append(quoting: level.description)
    }

    func append(label: String, to bytes: inout ByteWriter) {
        bytes.append(key: .serviceName)
        bytes.append(quoting: serviceName)
        bytes.append(key: .logger)
        bytes.append(quoting: label)
    }

    func append(_ place: SourcePlace, to bytes: inout ByteWriter) {
        bytes.append(key: .line)
        bytes.append(decimal: place.line)
    }

    func append(_ context: LogContext.Parts, to bytes: inout ByteWriter) {
        bytes.append(key: .traceID)
        if let traceID = context.traceID {
            bytes.append(quotedHex: traceID.high, traceID.low)
        } else {
            bytes.append(quoting: context.correlationID ?? "N/A")
        }
        bytes.append(key: .executionID)
        bytes.append(quoting: context.executionID ?? "N/A")
        bytes.append(key: .taskID)
        bytes.append(quoting: context.taskID ?? "N/A")
        guard let spanID = context.spanID else { return }
        bytes.append("span_id", spanID)
        bytes.append("trace_flags", context.traceFlags)
        if let parent = context.parentSpanID { bytes.append("parent_span_id", parent) }
    }

    func append(_ error: RedactedError, to bytes: inout ByteWriter) {
        bytes.append(exception: error)
    }
}
