public import ContextPropagation

/// Throws when the code that calls it does not run in `expected`: the same trace, execution and task.
///
/// The span may differ, since a record, a job and a monitored task each have one of their own; `sameSpan` asks for that, too.
///
///     queue.async { result = Result { try expectContext(context) } }
///
/// - Throws: ``ContextMismatch``, which says what was found and where.
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

/// Code that ran in another context than it should have.
public struct ContextMismatch: Error, CustomStringConvertible {
    /// The context that it should have run in.
    public let expected: LogContext
    /// The one that it ran in.
    public let found: LogContext
    /// Where that was seen: `Module/File.swift:12`.
    public let place: String

    public var description: String { "\(place) expected \(expected), and runs in \(found)" }
}
