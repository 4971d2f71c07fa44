internal import ContextPropagation

/// Runs `body` in a span of its own, passes its value or its error through, and logs one line when it has ended.
///
/// When to use it: for an operation that is worth a line each time: an inference, a request to another service, a file.
/// For what runs many times a second give a ``LogSampling``, or log the sum once.
///
///     let boxes = try monitorTask("inference", log: log) {
///         try model.detect(frame)
///     } fields: { boxes, fields in
///         fields.detections = boxes.count
///     }
///     // {"level":"INFO","message":"Task inference success",…,"attributes":{"duration":0.0123,"detections":3}}
///
/// | `body` | line |
/// |---|---|
/// | returns | `Task NAME success`, INFO |
/// | throws | `Task NAME failed`, ERROR, with `exception.type` and `exception.message`; always, whatever the sampling |
/// | throws `CancellationError` | `Task NAME cancelled`, NOTICE |
///
/// Inside, ``ContextPropagation/LogContext/current`` is a *child* of the caller's context: the same trace, a new span,
/// the caller's as its parent. The line is logged in it too.
///
/// - Parameters:
///   - name: Stands in the message; the name of the calling function by default.
///   - log: Where to log; by default the log whose label is the name of the calling module.
///   - level: Of the line of success.
///   - taskID: Stands as `task_id` on all lines inside; nil keeps the caller's.
///   - sampling: Which lines of success and of cancellation are let through, counted for each call in the source; nil
///     leaves it to the log.
///   - fileID: The place of the call; leave it out.
///   - function: The place of the call; leave it out.
///   - line: The place of the call; leave it out.
///   - body: Runs at once, on the caller's thread.
///   - fields: Adds attributes to the line of success, from the value. Runs only when the line is let through.
/// - Throws: What `body` throws, in its own type.
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
    let task = MonitoredTask(name, log, level, sampling, fileID, function, line)
    return try withLogContext(LogContext.current.child(taskID: taskID)) { () throws(Failure) -> Result in
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

/// Runs an asynchronous `body` in a span of its own, and logs one line when it has ended; see the synchronous form.
///
/// `body` runs on the caller's actor, and child tasks inherit its span.
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
    let task = MonitoredTask(name, log, level, sampling, fileID, function, line)
    return try await withLogContext(LogContext.current.child(taskID: taskID)) { () async throws(Failure) -> Result in
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
