public import ContextLog
public import ContextPropagation

/// Lines that a test has captured, in the order in which they were logged, and questions about them.
///
///     let lines = try await capturedLines { try await handle(order) }
///     #expect(lines.inTrace(of: context).count == lines.count)
///     #expect(lines.at(.error).isEmpty)
///     #expect(lines.first(message: "order stored")?["items"] == .integer(3))
public struct LoggedLines: RandomAccessCollection, Sendable {
    private let lines: [LoggedLine]

    /// These lines.
    public init(_ lines: [LoggedLine]) {
        self.lines = lines
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { lines.count }
    public subscript(position: Int) -> LoggedLine { lines[position] }
}

extension LoggedLines {
    /// Those that `matches`.
    public func matching(_ matches: (LoggedLine) throws -> Bool) rethrows -> LoggedLines {
        LoggedLines(try lines.filter(matches))
    }

    /// Those of this trace: 32 hex digits, or a correlation ID.
    public func inTrace(_ traceID: String) -> LoggedLines { matching { $0.traceID == traceID } }

    /// Those of this trace.
    public func inTrace(_ traceID: TraceID) -> LoggedLines { matching { $0.context.traceID == traceID } }

    /// Those of the trace that this context is in; none where it is in none.
    public func inTrace(of context: LogContext) -> LoggedLines {
        guard let traceID = context.traceID?.description ?? context.correlationID else { return LoggedLines([]) }
        return inTrace(traceID)
    }

    /// Those of this task.
    public func ofTask(_ taskID: String) -> LoggedLines { matching { $0.taskID == taskID } }

    /// Those of this execution.
    public func ofExecution(_ executionID: String) -> LoggedLines { matching { $0.executionID == executionID } }

    /// Those of this span.
    public func inSpan(_ spanID: SpanID) -> LoggedLines { matching { $0.spanID == spanID } }

    /// Those with neither trace nor execution nor task.
    public var withoutContext: LoggedLines {
        matching { $0.traceID == nil && $0.executionID == nil && $0.taskID == nil }
    }

    /// Those of exactly this level.
    public func at(_ level: LogLevel) -> LoggedLines { matching { $0.level == level } }

    /// Those of this level and above.
    public func from(_ level: LogLevel) -> LoggedLines { matching { $0.level >= level } }

    /// Those of this label, and of those below it: `pipeline` has `pipeline.decode` too.
    public func ofLabel(_ label: String) -> LoggedLines {
        matching { $0.label == label || $0.label.hasPrefix(label + ".") }
    }

    /// Those with this text.
    public func withMessage(_ message: String) -> LoggedLines { matching { $0.message == message } }

    /// The first with this text.
    public func first(message: String) -> LoggedLine? { lines.first { $0.message == message } }

    /// The traces, in the order of their first lines.
    public var traces: [String] { distinct(\.traceID) }

    /// The tasks, in the order of their first lines.
    public var tasks: [String] { distinct(\.taskID) }

    /// The texts, in their order.
    public var messages: [String] { lines.map(\.message) }

    /// The lines of each trace, those without one left out.
    public var byTrace: [String: LoggedLines] { grouped(\.traceID) }

    /// The lines of each task, those without one left out.
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
    /// One line each, as a failed test prints them.
    public var description: String { lines.map(\.description).joined(separator: "\n") }
}
