/// What brings the context of its sender along: an element of a stream, a record, an entry of a queue.
///
/// Conform a type of your own to have its elements handled in their own context by `forEachInContext` and by `fanOut`;
/// wrap any other in ``Contextual``.
public protocol ContextCarrying {
    /// The context in which this is to be handled.
    var contextSnapshot: ContextSnapshot { get }
}

extension ContextCarrying {
    /// Runs `body` at once in the context of this element, *replacing* the current one.
    public func withContext<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try contextSnapshot.run(body)
    }

    /// Runs `body` on the caller's actor in the context of this element, *replacing* the current one.
    public func withContext<Result, Failure: Error>(
        _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await contextSnapshot.run(body)
    }
}

/// A value with the context of the place where it was made.
///
/// When to use it: as the element of an `AsyncStream` or of a queue, whose reader would otherwise have its own context.
///
///     let (frames, writer) = AsyncStream.makeStream(of: Contextual<Frame>.self)
///     writer.yield(frame)                             // in the context of the request
///     await frames.forEachInContext { frame in                 // in the context of the service
///         log.info("frame stored") { $0.frame = frame.value.number }    // the request's IDs
///     }
public struct Contextual<Value>: ContextCarrying {
    /// The value itself.
    public var value: Value

    public let contextSnapshot: ContextSnapshot

    /// Takes the context of this place along.
    ///
    /// - Parameters:
    ///   - value: Anything.
    ///   - fileID: The place, which a leak check names; leave it out.
    ///   - line: The place, which a leak check names; leave it out.
    public init(_ value: Value, fileID: StaticString = #fileID, line: UInt = #line) {
        self.value = value
        contextSnapshot = ContextSnapshot.capture(.current, fileID, line)
    }
}

extension Contextual: Sendable where Value: Sendable {}

extension AsyncStream.Continuation {
    /// Hands `value` to the reader with the context of this call, as `yield` does without.
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
    /// Hands `value` to the reader with the context of this call, as `yield` does without.
    @discardableResult
    public func yield<Value>(
        _ value: sending Value,
        fileID: StaticString = #fileID,
        line: UInt = #line
    ) -> YieldResult where Element == Contextual<Value> {
        yield(Contextual(value, fileID: fileID, line: line))
    }
}
