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
        switch trace() {
        case .trace(let traceID): parts.traceID = traceID
        case .correlation(let text): parts.correlationID = text
        case nil: break
        }
        if parts.correlationID == nil, let parent = traceParent() { join(parent, &parts) }
        if parts.traceID != nil { parts.spanID = .random() }
        parts.executionID = first(of: "KESTRA_EXECUTION_ID", "EXECUTION_ID", parse: Self.identifier)
        parts.taskID = first(of: "KESTRA_TASK_ID", "TASK_ID", parse: Self.identifier)
        if parts.executionID == nil || parts.taskID == nil, let file = file() { read(file, &parts) }
        parts.baggage = baggage()
        return parts
    }

    /// Takes the IDs that no variable has from Kestra's execution context.
    private mutating func read(_ file: ExecutionContextFile, _ parts: inout LogContext.Parts) {
        switch file.result {
        case .success(let found):
            if parts.executionID == nil { parts.executionID = identifier(found.executionID, "execution.id", file) }
            if parts.taskID == nil { parts.taskID = identifier(found.taskID, "task.id", file) }
        case .failure(let problem):
            problems.append(EnvironmentProblem(.file(file.path), reason: problem.reason))
        }
    }

    private mutating func identifier(_ bytes: [UInt8]?, _ name: String, _ file: ExecutionContextFile) -> String? {
        guard let bytes else { return nil }
        do throws(HeaderFault) {
            return try Self.identifier(bytes)
        } catch {
            let fault = PlainIdentifier.reason(error)
            let reason = "has a value of \(name) that cannot be used: \(fault)"
            problems.append(EnvironmentProblem(.file(file.path), reason: reason))
            return nil
        }
    }

    private static func identifier(_ bytes: [UInt8]) throws(HeaderFault) -> String {
        try PlainText(parsing: bytes.span).text
    }

    private func value(_ name: String) -> [UInt8]? {
        guard let bytes = variable(name), !bytes.isEmpty else { return nil }
        return bytes
    }

    private mutating func note(_ name: String, _ reason: String) {
        problems.append(EnvironmentProblem(.variable(name), reason: reason))
    }

    /// Returns the value of the first of these variables that is set and valid, and notes the ones before it that are
    /// not valid.
    ///
    /// - Parameter reason: Returns the reason that is noted for a fault, or nil if the fault is not a problem.
    private mutating func first<Value>(
        of names: String...,
        reason: (HeaderFault) -> String? = PlainIdentifier.reason,
        parse: ([UInt8]) throws(HeaderFault) -> Value
    ) -> Value? {
        for name in names {
            guard let bytes = value(name) else { continue }
            do throws(HeaderFault) {
                return try parse(bytes)
            } catch {
                if let reason = reason(error) { note(name, reason) }
            }
        }
        return nil
    }

    private mutating func trace() -> PlainIdentifier? {
        first(of: "TRACING_ID", "CORRELATION_ID", reason: Self.reasonIfProblem) { bytes throws(HeaderFault) in
            try PlainIdentifier(parsing: bytes.span)
        }
    }

    /// Zeros are not an ID, and not a problem either: launchers write them for "none".
    private static func reasonIfProblem(_ fault: HeaderFault) -> String? {
        fault == .zeroTraceID ? nil : PlainIdentifier.reason(fault)
    }

    private mutating func traceParent() -> TraceParent? {
        first(of: "TRACEPARENT", reason: \.description) { bytes throws(HeaderFault) in
            try TraceParent(parsing: bytes.span)
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

    private mutating func baggage() -> Baggage? {
        let name = "BAGGAGE"
        guard let bytes = value(name) else { return nil }
        var reading = BaggageReading()
        reading.read(bytes.span)
        if let fault = reading.fault { note(name, fault.description) }
        if let limit = reading.limit { note(name, "\(limit) (\(reading.droppedMembers) dropped)") }
        return reading.result
    }
}
