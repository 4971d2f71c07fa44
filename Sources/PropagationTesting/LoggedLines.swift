public import ContextLog
public import ContextPropagation

/// The lines that a test has captured, in the order in which they were logged, with filters for them.
///
///     let lines = try await capturedLines { try await handle(order) }
///     #expect(lines.inTrace(of: context).count == lines.count)
///     #expect(lines.at(.error).isEmpty)
///     #expect(lines.first(message: "order stored")?["items"] == .integer(3))
public struct LoggedLines: RandomAccessCollection, Sendable {
    private let lines: [LoggedLine]

    /// Makes a collection of lines.
    public init(_ lines: [LoggedLine]) {
        self.lines = lines
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { lines.count }
    public subscript(position: Int) -> LoggedLine { lines[position] }
}

extension LoggedLines {
    /// The lines for which `matches` returns true.
    public func matching(_ matches: (LoggedLine) throws -> Bool) rethrows -> LoggedLines {
        LoggedLines(try lines.filter(matches))
    }

    /// The lines of a trace.
    ///
    /// - Parameter traceID: 32 hex digits, or a correlation ID.
    public func inTrace(_ traceID: String) -> LoggedLines { matching { $0.traceID == traceID } }

    /// The lines of a trace.
    public func inTrace(_ traceID: TraceID) -> LoggedLines { matching { $0.context.traceID == traceID } }

    /// The lines of a context's trace. The result is empty if the context has no trace.
    public func inTrace(of context: LogContext) -> LoggedLines {
        guard let traceID = context.traceID?.description ?? context.correlationID else { return LoggedLines([]) }
        return inTrace(traceID)
    }

    /// The lines of a task.
    public func ofTask(_ taskID: String) -> LoggedLines { matching { $0.taskID == taskID } }

    /// The lines of an execution.
    public func ofExecution(_ executionID: String) -> LoggedLines { matching { $0.executionID == executionID } }

    /// The lines of a span.
    public func inSpan(_ spanID: SpanID) -> LoggedLines { matching { $0.spanID == spanID } }

    /// The lines that have no trace, no execution and no task.
    public var withoutContext: LoggedLines {
        matching { $0.traceID == nil && $0.executionID == nil && $0.taskID == nil }
    }

    /// The lines of exactly this level.
    public func at(_ level: LogLevel) -> LoggedLines { matching { $0.level == level } }

    /// The lines of this level and above.
    public func from(_ level: LogLevel) -> LoggedLines { matching { $0.level >= level } }

    /// The lines of a label and of the labels below it: `pipeline` includes `pipeline.decode`.
    public func ofLabel(_ label: String) -> LoggedLines {
        matching { $0.label == label || $0.label.hasPrefix(label + ".") }
    }

    /// The lines with this message.
    public func withMessage(_ message: String) -> LoggedLines { matching { $0.message == message } }

    /// The first line with this message, or nil if there is none.
    public func first(message: String) -> LoggedLine? { lines.first { $0.message == message } }

    /// The IDs of the traces, in the order of their first lines.
    public var traces: [String] { distinct(\.traceID) }

    /// The IDs of the tasks, in the order of their first lines.
    public var tasks: [String] { distinct(\.taskID) }

    /// The messages, in the order of the lines.
    public var messages: [String] { lines.map(\.message) }

    /// The lines of each trace. Lines without a trace are left out.
    public var byTrace: [String: LoggedLines] { grouped(\.traceID) }

    /// The lines of each task. Lines without a task are left out.
    public var byTask: [String: LoggedLines] { grouped(\.taskID) }

    private func distinct(_ key: (LoggedLine) -> String?) -> [String] {
        var seen = Set<String>()
        return lines.compactMap(key).filter { seen.insert($0).inserted }
    }

    private func grouped(_ key: (LoggedLine) -> String?) -> [String: LoggedLines] {
        var groups: [String: [LoggedLine]] = [:]
        for line in lines {
            if let key = key(line) { groups[key, default: []].append(line) }
        }
        return groups.mapValues(LoggedLines.init)
    }
}

extension LoggedLines: CustomStringConvertible {
    /// The lines as a failed test prints them, one below the other.
    public var description: String { lines.map(\.description).joined(separator: "\n") }
}
