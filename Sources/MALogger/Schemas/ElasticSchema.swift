internal import ContextLog
internal import ContextPropagation

/// The keys of the Elastic Common Schema.
///
/// `trace.id` and `span.id` are ECS's own fields. ECS has no fields for the execution, the task and the
/// parent span, so they are labels.
/// A context without an ID has no member for it. The fields of a line are in the object `attributes`, which ECS leaves
/// to applications, because labels cannot nest.
///
/// Specification: [ECS logging](https://github.com/elastic/ecs-logging/blob/main/spec/spec.json) and the [ECS field
/// reference](https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html) 8.11.
struct ElasticSchema: LineSchema {
    let serviceName: String

    var timeKey: StaticString { "{\"@timestamp\":\"" }

    func append(_ level: LogLevel, to bytes: inout ByteWriter) {
        bytes.append("log.level", string: level.description)
    }

    func append(label: String, to bytes: inout ByteWriter) {
        bytes.append("ecs.version", string: "8.11.0")
        bytes.append("service.name", string: serviceName)
        bytes.append("event.dataset", string: serviceName)
        bytes.append("log.logger", string: label)
    }

    func append(_ place: SourcePlace, to bytes: inout ByteWriter) {
        bytes.append("log.origin.file.name", string: place.fileID)
        bytes.append(memberKey: "log.origin.file.line")
        bytes.append(decimal: place.line)
        bytes.append("log.origin.function", string: place.function)
    }

    func append(_ context: LogContext.Parts, to bytes: inout ByteWriter) {
        if let traceID = context.traceID {
            bytes.append(memberKey: "trace.id")
            bytes.append(quotedHex: traceID.high, traceID.low)
        } else if let correlationID = context.correlationID {
            bytes.append("trace.id", string: correlationID)
        }
        if let spanID = context.spanID { bytes.append("span.id", spanID) }

        let start = bytes.count
        if let executionID = context.executionID { bytes.append("execution_id", string: executionID) }
        if let taskID = context.taskID { bytes.append("task_id", string: taskID) }
        if context.spanID != nil {
            bytes.append("trace_flags", context.traceFlags)
            if let parent = context.parentSpanID { bytes.append("parent_span_id", parent) }
        }
        bytes.enclose(from: start, in: "labels")
    }

    func append(_ error: RedactedError, to bytes: inout ByteWriter) {
        bytes.append("error.type", string: error.type)
        bytes.append("error.message", string: error.message)
        if let stackTrace = error.stackTrace { bytes.append("error.stack_trace", string: stackTrace) }
    }
}
