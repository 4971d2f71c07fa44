public import ContextLog
public import ContextPropagation

/// A line that a test has captured.
public struct LoggedLine: Sendable {
    /// The level.
    public let level: LogLevel
    /// The message.
    public let message: String
    /// The label of the `Log`.
    public let label: String
    /// The context in which it was logged.
    public let context: LogContext
    /// The attributes, in this order: the context's, the log's, the line's own.
    public let fields: [LogFieldValue.Member]
    /// The error that the line reports, if any.
    public let error: (any Error)?
    /// The time of the call, since 1970-01-01T00:00:00Z.
    public let timeSinceEpoch: Duration
    /// The source file of the call, in the form of `#fileID`.
    public let fileID: String
    /// The function of the call, in the form of `#function`.
    public let function: String
    /// The line of the call.
    public let line: UInt

    init(_ event: borrowing Log.Event) {
        level = event.level
        message = event.message
        label = event.label
        context = event.context
        error = event.error
        timeSinceEpoch = event.timeSinceEpoch
        fileID = event.fileID
        function = event.function
        line = event.line
        var fields: [LogFieldValue.Member] = []
        event.forEachField { fields.append(LogFieldValue.Member(name: $0, value: $1)) }
        self.fields = fields
    }

    /// The value of `trace_id`: a trace ID or a correlation ID. It is nil if the line has `N/A`.
    public var traceID: String? { context.traceID?.description ?? context.correlationID }

    /// The value of `execution_id`. It is nil if the line has `N/A`.
    public var executionID: String? { context.executionID }

    /// The value of `task_id`. It is nil if the line has `N/A`.
    public var taskID: String? { context.taskID }

    /// The value of `span_id`. It is nil if the line has none.
    public var spanID: SpanID? { context.spanID }

    /// The value of an attribute, or nil if the line does not have it.
    ///
    ///     #expect(line["frame"] == .integer(17))
    public subscript(field: String) -> LogFieldValue? {
        fields.last { $0.name == field }?.value
    }
}

extension LoggedLine: CustomStringConvertible {
    /// The line as a failed test prints it.
    public var description: String {
        var text = "\(level) \(label): \(message) [\(context)]"
        for field in fields { text += " \(field.name)=\(field.value)" }
        if let error { text += " error=\(error)" }
        return text
    }
}
