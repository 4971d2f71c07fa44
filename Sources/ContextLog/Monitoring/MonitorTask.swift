internal import ContextPropagation

/// Runs `body` in its own span, returns its value or throws its error, and logs one line when it has ended.
///
/// When to use it: for an operation that deserves one line each time, such as an inference, a request to another
/// service or a file. For an operation that runs many times a second, pass a ``LogSampling``, or log the sum once.
///
///     let boxes = try monitorTask("inference", log: log) {
///         try model.detect(frame)
///     } fields: { boxes, fields in
///         fields.detections = boxes.count
///     }
///     // {"level":"INFO","message":"Task inference success",…,"attributes":{"detections":3,"duration":0.0123}}
///
/// | `body` | line |
/// |---|---|
/// | returns | `Task NAME success`, INFO |
/// | throws | `Task NAME failed`, ERROR, with `exception.type` and `exception.message`; never suppressed by sampling |
/// | throws `CancellationError` | `Task NAME cancelled`, NOTICE |
///
/// With `LOG_SPANS=otlp`, the task is also exported as a span with these fields, if its trace is sampled. Sampling of
/// the line does not suppress the span.
///
/// Inside `body`, `LogContext.current` is a *child* of the caller's context: it has the same trace
/// and a new span whose parent is the caller's span. The line is logged in that context.
///
/// - Parameters:
///   - name: The name of the task in the message. The default is the name of the calling function.
///   - log: The log for the line. The default is the log whose label is the name of the calling module.
///   - level: The level of the line of success.
///   - taskID: The `task_id` of all lines inside `body`. Nil keeps the caller's `task_id`.
///   - sampling: The sampling of the lines of success and of cancellation, counted for each call in the source. Nil
///     uses the sampling of the log.
///   - fileID: The source file of the call. Keep the default.
///   - function: The function of the call. Keep the default.
///   - line: The source line of the call. Keep the default.
///   - body: The code to run. It runs immediately, on the caller's thread.
///   - fields: Adds attributes to the line of success. It gets the value of `body`, and runs only if the line is
///     logged or the span exported.
/// - Throws: The error of `body`, with its own type.
@discardableResult
public func monitorTask<Result, Failure: Error>(
    _ name: String = #function,
    log: Log? = nil,
    level: LogLevel = .info,
    taskID: String? = nil,
    sampling: LogSampling? = nil,
    fileID: StaticString = #fileID,
    function: StaticString = #function,
    line: UInt = #line,
    _ body: () throws(Failure) -> Result,
    fields: (Result, inout LogFields) -> Void = { _, _ in }
) throws(Failure) -> Result {
    let task = MonitoredTask(name, log, level, taskID, sampling, fileID, function, line)
    return try withLogContext(task.context) { () throws(Failure) -> Result in
        do throws(Failure) {
            let result = try body()
            task.succeeded { fields(result, &$0) }
            return result
        } catch {
            task.failed(error)
            throw error
        }
    }
}

/// Runs an asynchronous `body` in its own span, and logs one line when it has ended; see the synchronous form.
///
/// `body` runs on the caller's actor. Child tasks inherit its span.
@discardableResult
public func monitorTask<Result, Failure: Error>(
    _ name: String = #function,
    log: Log? = nil,
    level: LogLevel = .info,
    taskID: String? = nil,
    sampling: LogSampling? = nil,
    fileID: StaticString = #fileID,
    function: StaticString = #function,
    line: UInt = #line,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result,
    fields: (Result, inout LogFields) -> Void = { _, _ in }
) async throws(Failure) -> Result {
    let task = MonitoredTask(name, log, level, taskID, sampling, fileID, function, line)
    return try await withLogContext(task.context) { () async throws(Failure) -> Result in
        do throws(Failure) {
            let result = try await body()
            task.succeeded { fields(result, &$0) }
            return result
        } catch {
            task.failed(error)
            throw error
        }
    }
}
