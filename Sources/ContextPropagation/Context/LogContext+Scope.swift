/// Binds `context` for the time of `body`, *replacing* the current one, and passes typed errors through.
///
/// `LogContext.$current.withValue(_:operation:)` does the same and forgets the type of the error.
///
///     let size = try withLogContext(.newTrace(taskID: "resize")) { () throws(ImageError) in try resize(image) }
///
/// - Parameters:
///   - context: What ``LogContext/current`` is inside.
///   - body: Runs at once, on the caller's thread.
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

/// Binds `context` for the time of `body`, *replacing* the current one, and passes typed errors through; see the synchronous form.
///
/// `body` runs on the caller's actor. Child tasks that it starts inherit the context.
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
