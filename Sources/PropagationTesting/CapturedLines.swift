public import ContextLog
public import ContextPropagation

/// Runs `body` and returns the lines that it logs, in place of having them written.
///
/// Captured is what is logged inside `body`: in its child tasks, and over every bridge of ContextPropagation. Nothing
/// of the process changes: tests that run side by side each get their own lines, whatever levels and backend are set.
/// Work that goes to another thread without a bridge, or to a worker that serves everybody, is not inside; for that
/// give the trace. Of captures inside each other every one gets the lines from its level on. Samplers count for all
/// tests together: a line that one leaves out is not logged.
///
///     let lines = try await capturedLines { try await handle(order) }
///
/// - Parameters:
///   - level: From which level on; those lines are captured also where their level is off.
///   - traceID: A trace all of whose lines are captured too, on whatever thread they are logged: of a consumer, say,
///     that the test sends a record to. No two captures may share it at one time.
///   - body: Runs at once.
/// - Returns: The lines, in the order in which they were logged.
/// - Throws: What `body` throws. To look at the lines all the same use
///   ``withLineCapture(from:ofTrace:_:)-(_,_,(LineCapture)->Result)``.
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

/// Runs an asynchronous `body` and returns the lines that it logs; see the synchronous form.
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

/// Runs `body` with a capture of the lines that it logs, to be looked at while it runs.
///
///     try await withLineCapture { capture in
///         try await consumer.send(record)
///         let line = await capture.line { $0.message == "record handled" }     // waits for it
///         #expect(line?.taskID == "consumer")
///     }
///
/// All else is as with ``capturedLines(from:ofTrace:_:)-(_,_,()->Void)``. What is logged after `body` has ended is not
/// captured.
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

/// Runs an asynchronous `body` with a capture of the lines that it logs; see the synchronous form.
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
