/// Runs `body` in a task, and cancels that task when SIGTERM or SIGINT asks the process to end.
///
/// When to use it: for work that needs no particular order at its end, such as a computation, or for a group of `run()`
/// methods, which end in order when they are cancelled. Cancellation also reaches handlers in flight. To let those end,
/// use ``withTerminationSignals(_:)``, which cancels nothing. The signals themselves are treated as that function says.
///
///     try await cancelOnTerminationSignal {
///         for tile in tiles { try await render(tile) }
///     }
///
/// - Parameter body: Runs in its own task, in the caller's context. Cancelling the caller's task cancels it too.
/// - Returns: The result of `body`. Nil if `body` threw a `CancellationError` after a signal: it ended as requested, so
///   `main` can return and the process ends with status 0.
/// - Throws: Every other error of `body`; an error if the system cannot make a pipe.
@discardableResult
public func cancelOnTerminationSignal<Success: Sendable>(
    _ body: @escaping @Sendable () async throws -> Success
) async throws -> Success? {
    let snapshot = ContextSnapshot.capture()
    return try await withTerminationSignals { signals in
        let task = Task { try await body() }
        signals.onSignal { task.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            // The cancellation handlers of the body run in this call.
            snapshot.run { task.cancel() }
        }
    }
}
