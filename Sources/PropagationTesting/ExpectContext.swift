public import ContextPropagation

/// Throws if the calling code does not run in `expected`: in the same trace, execution and task.
///
/// The span may differ, because every record, job and monitored task has its own span.
///
///     queue.async { result = Result { try expectContext(context) } }
///
/// - Parameters:
///   - expected: The context in which the code must run.
///   - sameSpan: Whether the span must be the same, too.
///   - fileID: The source file of the call. The error names it. Keep the default.
///   - line: The line of the call. Keep the default.
/// - Throws: ``ContextMismatch``, which names both contexts and the place of the call.
public func expectContext(
    _ expected: LogContext,
    sameSpan: Bool = false,
    fileID: StaticString = #fileID,
    line: UInt = #line
) throws(ContextMismatch) {
    let found = LogContext.current
    let isExpected =
        found.traceID == expected.traceID && found.correlationID == expected.correlationID
        && found.executionID == expected.executionID && found.taskID == expected.taskID
        && (!sameSpan || found.spanID == expected.spanID)
    if !isExpected { throw ContextMismatch(expected: expected, found: found, place: "\(fileID):\(line)") }
}

/// The error for code that ran in another context than expected.
public struct ContextMismatch: Error, CustomStringConvertible {
    /// The context in which the code had to run.
    public let expected: LogContext
    /// The context in which the code ran.
    public let found: LogContext
    /// The place of the check, such as `Module/File.swift:12`.
    public let place: String

    public var description: String { "\(place): expected the context \(expected), but the code runs in \(found)" }
}
