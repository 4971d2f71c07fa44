/// Tells which lines are wanted.
package struct LineFilter: Sendable {
    package var level: LineLevel?
    package var logger: String?
    package var service: String?
    package var anyID: String? { didSet { anyTrace = anyID.map { TraceQuery(id: $0) } } }
    package var trace: String? { didSet { traceQuery = trace.map { TraceQuery(id: $0) } } }
    package var span: String?
    package var execution: String?
    package var task: String?
    package var text: String?
    private var anyTrace: TraceQuery?
    private var traceQuery: TraceQuery?

    package init() {}

    /// Whether all lines are wanted, even those that are not log lines.
    var isOpen: Bool {
        level == nil && logger == nil && service == nil && anyID == nil && trace == nil && span == nil
            && execution == nil && task == nil && text == nil
    }

    /// A text that each wanted line contains, to find such lines without reading the others.
    var needle: [UInt8]? {
        // The shortest of these has most hits, so the longest is the best. IDs of Datadog may be decimal numbers, and
        // texts of others may be escaped, so only an ID that cannot be written in another form will do.
        if let text { return Array(text.utf8) }
        guard let trace, trace.utf8.count > 20 else { return nil }
        return traceQuery?.needle
    }

    func admits(_ reader: borrowing LineReader) -> Bool {
        guard let schema = reader.schema, schema != .spans else { return false }
        if let level {
            guard let found = reader.level, found >= level else { return false }
        }
        if let logger, !Self.isLabel(reader.bytes(schema.loggerKey), in: logger) { return false }
        if let service, reader.service != service { return false }
        if anyID != nil || trace != nil || span != nil || execution != nil || task != nil {
            return admits(LineIDs(reader))
        }
        return true
    }

    private func admits(_ ids: LineIDs) -> Bool {
        if let traceQuery, !traceQuery.admits(ids) { return false }
        if let span, !Self.isSpan(ids, span) { return false }
        if let execution, !LineIDs.matches(ids.execution, execution.utf8) { return false }
        if let task, !LineIDs.matches(ids.task, task.utf8) { return false }
        guard let anyID, let anyTrace else { return true }
        return anyTrace.admits(ids) || Self.isSpan(ids, anyID)
            || LineIDs.matches(ids.execution, anyID.utf8) || LineIDs.matches(ids.task, anyID.utf8)
    }

    private static func isSpan(_ ids: LineIDs, _ prefix: String) -> Bool {
        ids.spanText?.utf8.starts(with: prefix.utf8) ?? false
    }

    /// Whether the label is the prefix, or is below it: a prefix ends at a dot or at the end of the label.
    static func isLabel(_ label: UnsafeBufferPointer<UInt8>, in prefix: String) -> Bool {
        guard label.starts(with: prefix.utf8) else { return false }
        let count = prefix.utf8.count
        return label.count == count || label[count] == UInt8(ascii: ".") || prefix.utf8.last == UInt8(ascii: ".")
    }
}
