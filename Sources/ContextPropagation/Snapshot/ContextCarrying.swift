/// A value that carries the context of its sender, such as an element of a stream, a record or an entry of a queue.
///
/// Conform your own type to this protocol. `forEachInContext` and `fanOut` then handle each value in the context that
/// it carries. Wrap values of any other type in ``Contextual``.
public protocol ContextCarrying {
    /// The context in which to handle this value.
    var contextSnapshot: ContextSnapshot { get }
}

extension ContextCarrying {
    /// Runs `body` immediately in the context of this value, which *replaces* the current context.
    public func withContext<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try contextSnapshot.run(body)
    }

    /// Runs `body` on the caller's actor in the context of this value, which *replaces* the current context.
    public func withContext<Result, Failure: Error>(
        _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await contextSnapshot.run(body)
    }
}

/// A value together with the context in which it was wrapped.
///
/// When to use it: as the element of an `AsyncStream` or of a queue, so that the reader handles each value in the
/// sender's context.
///
///     let (frames, writer) = AsyncStream.makeStream(of: Contextual<Frame>.self)
///     writer.yield(frame)                             // in the context of the request
///     await frames.forEachInContext { frame in        // in the context of the service
///         log.info("frame stored") { $0.frame = frame.value.number }    // has the request's IDs
///     }
public struct Contextual<Value>: ContextCarrying {
    /// The value itself.
    public var value: Value

    public let contextSnapshot: ContextSnapshot

    /// Wraps `value` together with the current context.
    ///
    /// - Parameters:
    ///   - value: The value to wrap.
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    public init(_ value: Value, fileID: StaticString = #fileID, line: UInt = #line) {
        self.value = value
        contextSnapshot = ContextSnapshot.capture(.current, fileID, line)
    }
}

extension Contextual: Sendable where Value: Sendable {}

extension AsyncStream.Continuation {
    /// Sends `value` to the reader of the stream, together with the context of this call.
    @discardableResult
    public func yield<Value>(
        _ value: sending Value,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> YieldResult where Element == Contextual<Value> {
        yield(Contextual(value, fileID: fileID, line: line))
    }
}

extension AsyncThrowingStream.Continuation {
    /// Sends `value` to the reader of the stream, together with the context of this call.
    @discardableResult
    public func yield<Value>(
        _ value: sending Value,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> YieldResult where Element == Contextual<Value> {
        yield(Contextual(value, fileID: fileID, line: line))
    }
}
