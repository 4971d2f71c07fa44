/// A context out of environment variables, and what was wrong with them.
package struct EnvironmentReading: Sendable {
    package let context: LogContext
    package let problems: [EnvironmentProblem]

    /// - Parameter variable: The value of a variable; nil or empty where it is not set.
    package init(_ variable: @escaping (String) -> String?) {
        var reader = Reader(variable: variable)
        var parts = LogContext.Parts()
        switch reader.trace("TRACING_ID", "CORRELATION_ID") {
        case .trace(let traceID): parts.traceID = traceID
        case .correlation(let text): parts.correlationID = text
        case nil: break
        }
        if parts.correlationID == nil, let parent = reader.traceParent("TRACEPARENT") {
            reader.join(parent, &parts)
        }
        if parts.traceID != nil { parts.spanID = .random() }
        parts.executionID = reader.identifier("KESTRA_EXECUTION_ID", "EXECUTION_ID")
        parts.taskID = reader.identifier("KESTRA_TASK_ID", "TASK_ID")
        parts.baggage = reader.baggage("BAGGAGE")
        context = LogContext(parts)
        problems = reader.problems
    }
}

/// Reads single variables and takes note of what is wrong with them.
private struct Reader {
    let variable: (String) -> String?
    var problems: [EnvironmentProblem] = []

    func text(_ name: String) -> String? {
        guard let text = variable(name), !text.isEmpty else { return nil }
        return text
    }

    mutating func note(_ name: String, _ reason: String) {
        problems.append(EnvironmentProblem(variable: name, reason: reason))
    }

    mutating func identifier(_ names: String...) -> String? {
        for name in names {
            guard let text = text(name) else { continue }
            guard let reason = PlainIdentifier.fault(of: text) else { return text }
            note(name, reason)
        }
        return nil
    }

    /// Zeros are no ID and no mistake either: launchers write them for "none".
    mutating func trace(_ names: String...) -> PlainIdentifier? {
        for name in names {
            guard let text = text(name) else { continue }
            if let identifier = PlainIdentifier(text) { return identifier }
            if let reason = PlainIdentifier.fault(of: text) { note(name, reason) }
        }
        return nil
    }

    mutating func traceParent(_ name: String) -> TraceParent? {
        guard let text = text(name) else { return nil }
        do throws(HeaderFault) {
            return try TraceParent(parsing: text.utf8.span)
        } catch {
            note(name, error.description)
            return nil
        }
    }

    /// Goes on in the trace of `TRACEPARENT`, unless a variable that comes before it names another.
    mutating func join(_ parent: TraceParent, _ parts: inout LogContext.Parts) {
        guard parts.traceID == nil || parts.traceID == parent.traceID else { return }
        parts.traceID = parent.traceID
        parts.parentSpanID = parent.spanID
        parts.traceFlags = parent.flags
        guard let text = text("TRACESTATE") else { return }
        var reading = TraceStateReading()
        reading.read(text.utf8.span)
        parts.traceState = reading.result
        if let fault = reading.fault { note("TRACESTATE", fault.description) }
    }

    mutating func baggage(_ name: String) -> Baggage? {
        guard let text = text(name) else { return nil }
        var reading = BaggageReading()
        reading.read(text.utf8.span)
        if let fault = reading.fault { note(name, fault.description) }
        return reading.result
    }
}
