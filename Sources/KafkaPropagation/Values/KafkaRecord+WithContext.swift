public import ContextPropagation

// The protocol `ContextCarrying` has the same functions. These cost less, because a record carries only a context.
extension KafkaRecord {
    /// Runs `body` immediately in the context of this record, which *replaces* the current context.
    ///
    /// - Parameter body: The work. It runs on the caller's thread.
    @inlinable
    public func withContext<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withLogContext(context, body)
    }

    /// Runs `body` on the caller's actor in the context of this record, which *replaces* the current context.
    ///
    /// - Parameter body: The work. The child tasks that it starts inherit the context.
    public func withContext<Result, Failure: Error>(
        _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await withLogContext(context, body)
    }
}
