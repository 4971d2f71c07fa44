/// The keys of a line, in the order in which they appear. The first nine are on every line.
package enum LineKey: String, CaseIterable, Sendable {
    case timestamp
    case level
    case message
    case serviceName = "service.name"
    case logger = "log.logger"
    case line = "log.origin.file.line"
    case traceID = "trace_id"
    case executionID = "execution_id"
    case taskID = "task_id"
    case spanID = "span_id"
    case traceFlags = "trace_flags"
    case parentSpanID = "parent_span_id"
    case exceptionType = "exception.type"
    case exceptionMessage = "exception.message"
    case exceptionStackTrace = "exception.stacktrace"
}
