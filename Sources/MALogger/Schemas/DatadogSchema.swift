internal import ContextLog
internal import ContextPropagation

/// The reserved and the standard attributes of Datadog.
///
/// `dd.trace_id` is 32 hex digits, or a decimal number if the upper half of the trace ID is zero; `dd.span_id` is a
/// decimal number. Datadog's tracers write both in these forms. A context without an ID has no attribute for it. A
/// correlation ID is no trace of Datadog's, so it has an attribute of its own.
///
/// Specification: [Reserved
/// attributes](https://docs.datadoghq.com/logs/log_configuration/attributes_naming_convention/), [Preprocessing of JSON
/// logs](https://docs.datadoghq.com/logs/log_configuration/pipelines/#preprocessing) and [Correlate logs and
/// traces](https://docs.datadoghq.com/tracing/other_telemetry/connect_logs_and_traces/).
struct DatadogSchema: LineSchema {
    let serviceName: String
    let environment: String?
    let version: String?

    var timeKey: StaticString { "{\"timestamp\":\"" }

    func append(_ level: LogLevel, to bytes: inout ByteWriter) {
        bytes.append("status", string: level.description.lowercased())
    }

    func append(label: String, to bytes: inout ByteWriter) {
        bytes.append("service", string: serviceName)
        bytes.append("dd.service", string: serviceName)
        if let environment { bytes.append("dd.env", string: environment) }
        if let version { bytes.append("dd.version", string: version) }
        bytes.append("logger.name", string: label)
    }

    func append(_ place: SourcePlace, to bytes: inout ByteWriter) {
        bytes.append("logger.method_name", string: place.function)
        bytes.append("log.origin.file.name", string: place.fileID)
        bytes.append(memberKey: "log.origin.file.line")
        bytes.append(decimal: place.line)
    }

    func append(_ context: LogContext.Parts, to bytes: inout ByteWriter) {
        if let traceID = context.traceID {
            bytes.append(memberKey: "dd.trace_id")
            if traceID.high != 0 {
                bytes.append(quotedHex: traceID.high, traceID.low)
            } else {
                bytes.append(quoting: String(traceID.low))
            }
        } else if let correlationID = context.correlationID {
            bytes.append("correlation_id", string: correlationID)
        }
        if let spanID = context.spanID { bytes.append("dd.span_id", string: String(spanID.bits)) }
        if let executionID = context.executionID { bytes.append("execution_id", string: executionID) }
        if let taskID = context.taskID { bytes.append("task_id", string: taskID) }
        if context.spanID != nil {
            bytes.append("trace_flags", context.traceFlags)
            // Datadog has no attribute for it. The form is the one of `dd.span_id`, so that both can be compared.
            if let parent = context.parentSpanID { bytes.append("parent_span_id", string: String(parent.bits)) }
        }
    }

    func append(_ error: RedactedError, to bytes: inout ByteWriter) {
        bytes.append("error.kind", string: error.type)
        bytes.append("error.message", string: error.message)
        if let stackTrace = error.stackTrace { bytes.append("error.stack", string: stackTrace) }
    }
}
