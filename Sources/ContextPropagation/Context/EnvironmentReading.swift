/// A context from environment variables, and the problems of the variables.
package struct EnvironmentReading: Sendable {
    package let context: LogContext
    package let problems: [EnvironmentProblem]

    /// - Parameters:
    ///   - variable: Returns the bytes of a variable, or nil if it is not set. Empty counts as not set.
    ///   - file: Returns Kestra's execution context, or nil if there is none. It is called only if no variable has the
    ///     execution or the task.
    package init(
        bytes variable: (String) -> [UInt8]?,
        file: () -> ExecutionContextFile? = { nil }
    ) {
        (context, problems) = withoutActuallyEscaping(variable) { variable in
            withoutActuallyEscaping(file) { file in
                var reader = Reader(variable: variable, file: file)
                return (LogContext(reader.parts()), reader.problems)
            }
        }
    }

    /// - Parameter variable: Returns the text of a variable, or nil if it is not set. Empty counts as not set.
    package init(_ variable: (String) -> String?) {
        self.init(bytes: { variable($0).map { Array($0.utf8) } })
    }
}

/// Reads single variables and notes their problems.
private struct Reader {
    let variable: (String) -> [UInt8]?
    let file: () -> ExecutionContextFile?
    var problems: [EnvironmentProblem] = []

    mutating func parts() -> LogContext.Parts {
        var parts = LogContext.Parts()
        switch trace("TRACING_ID", "CORRELATION_ID") {
        case .trace(let traceID): parts.traceID = traceID
        case .correlation(let text): parts.correlationID = text
        case nil: break
        }
        if parts.correlationID == nil, let parent = traceParent("TRACEPARENT") { join(parent, &parts) }
        if parts.traceID != nil { parts.spanID = .random() }
        parts.executionID = identifier("KESTRA_EXECUTION_ID", "EXECUTION_ID")
        parts.taskID = identifier("KESTRA_TASK_ID", "TASK_ID")
        if parts.executionID == nil || parts.taskID == nil, let file = file() { read(file, &parts) }
        parts.baggage = baggage("BAGGAGE")
        return parts
    }

    /// Takes the IDs that no variable has from Kestra's execution context.
    private mutating func read(_ file: ExecutionContextFile, _ parts: inout LogContext.Parts) {
        switch file.result {
        case .success(let found):
            if parts.executionID == nil { parts.executionID = identifier(found.executionID, "execution.id", file) }
            if parts.taskID == nil { parts.taskID = identifier(found.taskID, "task.id", file) }
        case .failure(let problem):
            problems.append(EnvironmentProblem(file: file.path, reason: problem.reason))
        }
    }

    private mutating func identifier(_ bytes: [UInt8]?, _ name: String, _ file: ExecutionContextFile) -> String? {
        guard let bytes else { return nil }
        do throws(HeaderFault) {
            return try PlainText(parsing: bytes.span).text
        } catch {
            let fault = PlainIdentifier.reason(error)
            let reason = "has a value of \(name) that cannot be used: \(fault)"
            problems.append(EnvironmentProblem(file: file.path, reason: reason))
            return nil
        }
    }

    private func value(_ name: String) -> [UInt8]? {
        guard let bytes = variable(name), !bytes.isEmpty else { return nil }
        return bytes
    }

    private mutating func note(_ name: String, _ reason: String) {
        problems.append(EnvironmentProblem(variable: name, reason: reason))
    }

    private mutating func identifier(_ names: String...) -> String? {
        for name in names {
            guard let bytes = value(name) else { continue }
            do throws(HeaderFault) {
                return try PlainText(parsing: bytes.span).text
            } catch {
                note(name, PlainIdentifier.reason(error))
            }
        }
        return nil
    }

    /// Zeros are not an ID, and not a problem either: launchers write them for "none".
    private mutating func trace(_ names: String...) -> PlainIdentifier? {
        for name in names {
            guard let bytes = value(name) else { continue }
            do throws(HeaderFault) {
                return try PlainIdentifier(parsing: bytes.span)
            } catch {
                if error != .zeroTraceID { note(name, PlainIdentifier.reason(error)) }
            }
        }
        return nil
    }

    private mutating func traceParent(_ name: String) -> TraceParent? {
        guard let bytes = value(name) else { return nil }
        do throws(HeaderFault) {
            return try TraceParent(parsing: bytes.span)
        } catch {
            note(name, error.description)
            return nil
        }
    }

    /// Continues the trace of `TRACEPARENT`, unless a variable with precedence names another one.
    private mutating func join(_ parent: TraceParent, _ parts: inout LogContext.Parts) {
        guard parts.traceID == nil || parts.traceID == parent.traceID else { return }
        parts.traceID = parent.traceID
        parts.parentSpanID = parent.spanID
        parts.traceFlags = parent.traceFlags
        guard let bytes = value("TRACESTATE") else { return }
        var reading = TraceStateReading()
        reading.read(bytes.span)
        parts.traceState = reading.result
        if let fault = reading.fault { note("TRACESTATE", fault.description) }
    }

    private mutating func baggage(_ name: String) -> Baggage? {
        guard let bytes = value(name) else { return nil }
        var reading = BaggageReading()
        reading.read(bytes.span)
        if let fault = reading.fault { note(name, fault.description) }
        if let limit = reading.limit { note(name, "\(limit) (\(reading.droppedMembers) dropped)") }
        return reading.result
    }
}
