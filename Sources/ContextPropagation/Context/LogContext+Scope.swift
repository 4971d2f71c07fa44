/// Runs `body` with `context` bound, *replacing* the current context, and rethrows typed errors.
///
/// `LogContext.$current.withValue(_:operation:)` does the same, but loses the type of the error.
///
///     let size = try withLogContext(.newTrace(taskID: "resize")) { () throws(ImageError) in try resize(image) }
///
/// - Parameters:
///   - context: The value of ``LogContext/current`` inside of `body`.
///   - body: The work. It runs immediately, on the caller's thread.
@discardableResult
@inlinable
public func withLogContext<Result, Failure: Error>(
    _ context: LogContext,
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    try LogContext.$current.withValue(context) {
        do throws(Failure) {
            return Swift.Result<Result, Failure>.success(try body())
        } catch {
            return .failure(error)
        }
    }.get()
}

/// Runs `body` with `context` bound, *replacing* the current context, and rethrows typed errors.
///
/// `body` runs on the caller's actor. The child tasks that it starts inherit the context.
@discardableResult
public func withLogContext<Result, Failure: Error>(
    _ context: LogContext,
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
) async throws(Failure) -> Result {
    try await LogContext.$current.withValue(context) {
        do throws(Failure) {
            return Swift.Result<Result, Failure>.success(try await body())
        } catch {
            return .failure(error)
        }
    }.get()
}
