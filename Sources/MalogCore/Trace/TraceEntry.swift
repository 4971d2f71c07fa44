/// A log line of a trace, as a value that outlives its file.
package struct TraceLine: Sendable {
    package var time: Timestamp
    package var level: LineLevel
    package var message: String
    package var logger: String
    package var service: String
    package var trace: String?
    package var execution: String?
    package var task: String?
    package var span: String?
    /// The parent of the span. Lines have it if `LOG_PARENT_SPAN_ID` was on.
    package var parent: String?
    package var fields: [(name: String, value: String)]
    /// The type and the message of the error.
    package var error: String?
    /// The name, the outcome and the seconds of the task that the line ends, if `monitorTask` logged it.
    package var ended: (name: String, outcome: String, seconds: Double)?

    package init(
        time: Timestamp,
        level: LineLevel = .info,
        message: String,
        logger: String = "",
        service: String = "",
        trace: String? = nil,
        execution: String? = nil,
        task: String? = nil,
        span: String? = nil,
        parent: String? = nil,
        fields: [(name: String, value: String)] = [],
        error: String? = nil
    ) {
        self.time = time
        self.level = level
        self.message = message
        self.logger = logger
        self.service = service
        self.trace = trace
        self.execution = execution
        self.task = task
        self.span = span
        self.parent = parent
        self.fields = fields
        self.error = error
        let seconds = fields.last { $0.name == "duration" }.flatMap { Double($0.value) }
        ended = seconds.flatMap { Self.ended(message, $0) }
    }

    /// Copies the line that was read, or returns nil if it has no valid time.
    init?(_ reader: borrowing LineReader) {
        guard let schema = reader.schema, schema != .spans, let time = Timestamp(reader.bytes(schema.timeKey)) else {
            return nil
        }
        let ids = LineIDs(reader)
        var fields: [(name: String, value: String)] = []
        JSONText.forEachMember(reader.bytes(.attributes)) { name, value in
            let name = JSONText.string(name, hasEscapes: name.contains(JSONScanner.backslash))
            fields.append((name, value.text))
        }
        let errorKeys = schema.errorKeys
        self.init(
            time: time,
            level: reader.level ?? .info,
            message: reader.text(.message) ?? "",
            logger: reader.text(schema.loggerKey) ?? "",
            service: reader.service ?? "",
            trace: ids.traceText,
            execution: ids.executionText,
            task: ids.taskText,
            span: ids.spanText,
            parent: ids.parentText,
            fields: fields,
            error: reader.text(errorKeys.type).map { "\($0): \(reader.text(errorKeys.message) ?? "")" }
        )
    }

    /// Reads `Task NAME success`, `failed` or `cancelled`.
    private static func ended(_ message: String, _ seconds: Double) -> (String, String, Double)? {
        guard message.hasPrefix("Task "), seconds >= 0, seconds < 1e9 else { return nil }
        for outcome in ["success", "failed", "cancelled"] where message.hasSuffix(" " + outcome) {
            let name = message.dropFirst(5).dropLast(outcome.count + 1)
            return name.isEmpty ? nil : (String(name), outcome, seconds)
        }
        return nil
    }

    /// The thread that the line names, if it names one.
    var thread: String? {
        for name in ["thread", "thread.name", "thread_name", "thread.id", "thread_id"] {
            if let field = fields.first(where: { $0.name == name }) { return field.value }
        }
        return nil
    }

    package var isError: Bool { level >= .error }

    var fieldTexts: [String] { fields.map { "\($0.name)=\($0.value)" } }
}

/// An exported span of a trace.
package struct TraceSpan: Sendable {
    package enum Kind: Int, Sendable {
        case `internal` = 1
        case server
        case client
        case producer
        case consumer
    }

    package var trace: String
    package var span: String
    package var parent: String?
    package var name: String
    package var kind: Kind
    package var start: Timestamp
    package var end: Timestamp
    package var service: String
    package var fields: [(name: String, value: String)]
    package var error: String?

    init?(_ span: SpanLine) {
        guard let trace = span.traceID, let id = span.spanID, let start = span.start?.integer,
            let end = span.end?.integer
        else { return nil }
        self.trace = String(decoding: trace, as: UTF8.self)
        self.span = String(decoding: id, as: UTF8.self)
        parent = span.parentID.map { String(decoding: $0, as: UTF8.self) }
        name = span.name?.text ?? ""
        kind = (span.kind?.integer).flatMap { Kind(rawValue: Int(clamping: $0)) } ?? .internal
        self.start = Timestamp(nanoseconds: start)
        self.end = Timestamp(nanoseconds: max(start, end))
        var service = ""
        SpanLine.forEachAttribute(span.resourceAttributes) { if $0 == "service.name" { service = $1 } }
        self.service = service
        var fields: [(name: String, value: String)] = []
        SpanLine.forEachAttribute(span.attributes) { fields.append(($0, $1)) }
        self.fields = fields
        if span.status?.member("code")?.integer == 2 { error = span.status?.member("message")?.text ?? "failed" }
    }

    func field(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }
}
