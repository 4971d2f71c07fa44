public import ContextLog
public import ContextPropagation

/// One line that a test has captured, as a value.
public struct LoggedLine: Sendable {
    /// How much it matters.
    public let level: LogLevel
    /// The text.
    public let message: String
    /// The label of the `Log`.
    public let label: String
    /// The context in which it was logged.
    public let context: LogContext
    /// Its attributes, in their order: the context's, the log's, its own.
    public let fields: [LogFieldValue.Member]
    /// What failed, where the line is about that.
    public let error: (any Error)?
    /// The moment of the call, since 1970-01-01T00:00:00Z.
    public let time: Duration
    /// The source file as `#fileID` has it.
    public let file: String
    /// The function as `#function` has it.
    public let function: String
    /// The line of the source file.
    public let line: UInt

    init(_ event: borrowing Log.Event) {
        level = event.level
        message = event.message
        label = event.label
        context = event.context
        error = event.error
        time = event.time
        file = event.file
        function = event.function
        line = event.line
        var fields: [LogFieldValue.Member] = []
        event.forEachField { fields.append(LogFieldValue.Member(name: $0, value: $1)) }
        self.fields = fields
    }

    /// What stands as `trace_id`, nil where that is `N/A`.
    public var traceID: String? { context.traceID?.description ?? context.correlationID }

    /// What stands as `execution_id`, nil where that is `N/A`.
    public var executionID: String? { context.executionID }

    /// What stands as `task_id`, nil where that is `N/A`.
    public var taskID: String? { context.taskID }

    /// What stands as `span_id`.
    public var spanID: SpanID? { context.spanID }

    /// The value of an attribute, nil where there is none.
    ///
    ///     #expect(line["frame"] == .integer(17))
    public subscript(field: String) -> LogFieldValue? {
        fields.last { $0.name == field }?.value
    }
}

extension LoggedLine: CustomStringConvertible {
    /// The line for people, as a failed test prints it.
    public var description: String {
        var text = "\(level) \(label): \(message) [\(context)]"
        for field in fields { text += " \(field.name)=\(field.value)" }
        if let error { text += " error=\(error)" }
        return text
    }
}
