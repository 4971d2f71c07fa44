#if Macros
@_exported public import ContextLog

/// Monitors each call of a function: its body becomes the body of `monitorTask`, so each call runs in its own span and
/// logs one line when it has ended.
///
/// When to use it: for a whole function. For a part of one, for fields or a `taskID` that depend on arguments, and for
/// an initializer, call `monitorTask`.
///
///     @MonitorTask("inference", log: log, sampling: .perSecond(2))
///     func detect(in frame: Frame) throws(ModelError) -> [Box] {
///         try model.run(frame)
///     }
///     // {"level":"INFO","message":"Task inference success",…,"attributes":{"duration":0.0123}}
///
/// The function keeps its type: synchronous or asynchronous, its actor, its typed error, generic and `inout`
/// parameters. The arguments are those of `monitorTask`, and they are evaluated with each call. They can use what is
/// visible outside of the function, but not the function's parameters and `self`.
///
/// The compiler gives all lines inside the function the line number of the function. So the calls of `monitorTask`
/// inside it that have the same sampling count together, and with the function itself. To count them separately, give
/// each a number of its own: `monitorTask("decode", sampling: .every(100), line: 2) { … }`. A function that rethrows
/// cannot be monitored: declare it as `throws(Failure)` with a generic `Failure`. Parameters that the body consumes,
/// and results that cannot be copied, do not work, because the body becomes a closure.
///
/// - Parameters:
///   - name: The name of the task in the message. The default is the name of the function, as in `detect(in:)`.
///   - log: The log for the line. The default is the log whose label is the name of the function's module.
///   - level: The level of the line of success.
///   - taskID: The `task_id` of all lines inside the function. Nil keeps the caller's `task_id`.
///   - sampling: The sampling of the lines of success and of cancellation, counted for each function. Nil uses the
///     sampling of the log.
///
/// Specification: [SE-0415, Function Body
/// Macros](https://github.com/swiftlang/swift-evolution/blob/main/proposals/0415-function-body-macros.md).
@attached(body)
@attached(peer)
public macro MonitorTask(
    _ name: String = #function,
    log: Log? = nil,
    level: LogLevel = .info,
    taskID: String? = nil,
    sampling: LogSampling? = nil
) = #externalMacro(module: "ContextLogMacrosPlugin", type: "MonitorTaskMacro")

/// Monitors each call of a function, and adds attributes to its line of success; see the form without `fields`.
///
///     @MonitorTask("inference", fields: { (boxes: [Box], fields: inout LogFields) in fields.count = boxes.count })
///     func detect(in frame: Frame) throws -> [Box] { try model.run(frame) }
///
/// - Parameters:
///   - name: The name of the task in the message. The default is the name of the function.
///   - log: The log for the line. The default is the log whose label is the name of the function's module.
///   - level: The level of the line of success.
///   - taskID: The `task_id` of all lines inside the function. Nil keeps the caller's `task_id`.
///   - sampling: The sampling of the lines of success and of cancellation.
///   - fields: Adds the attributes. It gets the value of the function, and runs only if the line is logged or the span
///     exported. Write the types of its parameters.
@attached(body)
@attached(peer)
public macro MonitorTask<Result>(
    _ name: String = #function,
    log: Log? = nil,
    level: LogLevel = .info,
    taskID: String? = nil,
    sampling: LogSampling? = nil,
    fields: @escaping (Result, inout LogFields) -> Void
) = #externalMacro(module: "ContextLogMacrosPlugin", type: "MonitorTaskMacro")
#endif
