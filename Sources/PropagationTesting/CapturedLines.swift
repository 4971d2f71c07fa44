public import ContextLog
public import ContextPropagation

/// Runs `body` and returns the lines that it logs. The lines are not written.
///
/// A capture gets the lines of `body`, of its child tasks, and of work that goes through a bridge of
/// ContextPropagation. It changes nothing in the process, so tests that run at the same time each get their own lines,
/// with any levels and any backend. It misses the lines of a shared worker, and of work that reaches another thread
/// without a bridge. To capture these too, pass the trace.
///
/// If captures are nested, each gets the lines from its own level on. Samplers are shared by all tests: a line that a
/// sampler drops is not captured.
///
///     let lines = try await capturedLines { try await handle(order) }
///
/// - Parameters:
///   - level: The lowest level to capture. Lines are captured even if their level is off.
///   - traceID: A trace. Its lines are captured on every thread, for example the lines of a consumer to which the test
///     sends a record. Two captures must not use the same trace at the same time.
///   - body: The code whose lines are captured. It runs immediately.
/// - Returns: The lines, in the order in which they were logged.
/// - Throws: The error of `body`. To read the lines even then, use
///   `withLineCapture(_:)`.
public func capturedLines<Failure: Error>(
    from level: LogLevel = .trace,
    ofTrace traceID: TraceID? = nil,
    _ body: () throws(Failure) -> Void
) throws(Failure) -> LoggedLines {
    try withLineCapture(from: level, ofTrace: traceID) { capture throws(Failure) in
        try body()
        return capture.lines
    }
}

/// Runs an asynchronous `body` and returns the lines that it logs. It works as the synchronous form does.
public func capturedLines<Failure: Error>(
    from level: LogLevel = .trace,
    ofTrace traceID: TraceID? = nil,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Void
) async throws(Failure) -> LoggedLines {
    try await withLineCapture(from: level, ofTrace: traceID) { capture async throws(Failure) in
        try await body()
        return capture.lines
    }
}

/// Runs `body` with a capture of the lines that it logs, which `body` can read while it runs.
///
/// Use it to wait for a line, or to read the lines of a body that throws. In every other case use
/// `capturedLines(_:)`, which captures the same lines. Lines that are logged after the
/// end of `body` are not captured.
///
///     try await withLineCapture { capture in
///         try await consumer.send(record)
///         let line = await capture.line { $0.message == "record handled" }     // waits for it
///         #expect(line?.taskID == "consumer")
///     }
///
/// - Parameters:
///   - level: The lowest level to capture. Lines are captured even if their level is off.
///   - traceID: A trace. Its lines are captured on every thread.
///   - body: The code whose lines are captured. It runs immediately.
/// - Returns: The result of `body`.
/// - Throws: The error of `body`.
public func withLineCapture<Result, Failure: Error>(
    from level: LogLevel = .trace,
    ofTrace traceID: TraceID? = nil,
    _ body: (LineCapture) throws(Failure) -> Result
) throws(Failure) -> Result {
    let capture = LineCapture()
    defer { capture.end() }
    return try LogCapture(from: level, ofTrace: traceID) { capture.add(LoggedLine($0)) }.run {
        do throws(Failure) {
            return Swift.Result<Result, Failure>.success(try body(capture))
        } catch {
            return .failure(error)
        }
    }.get()
}

/// Runs an asynchronous `body` with a capture of the lines that it logs. It works as the synchronous form does.
public func withLineCapture<Result, Failure: Error>(
    from level: LogLevel = .trace,
    ofTrace traceID: TraceID? = nil,
    _ body: nonisolated(nonsending) (LineCapture) async throws(Failure) -> Result
) async throws(Failure) -> Result {
    let capture = LineCapture()
    defer { capture.end() }
    return try await LogCapture(from: level, ofTrace: traceID) { capture.add(LoggedLine($0)) }.run {
        do throws(Failure) {
            return Swift.Result<Result, Failure>.success(try await body(capture))
        } catch {
            return .failure(error)
        }
    }.get()
}
