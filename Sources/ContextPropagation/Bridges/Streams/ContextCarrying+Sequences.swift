extension AsyncSequence where Element: ContextCarrying {
    /// Runs `body` for each element, one after the other, each in the context that the element carries.
    ///
    /// When to use it: in place of `for await`, whose body stays in the context of the loop, whatever the iterator
    /// does. For several at once use `fanOut`.
    ///
    ///     try await frames.forEachInContext { frame in try await store(frame.value) }
    ///
    /// It is not called `forEach`, since swift-format turns that into a `for` loop, and the context would be lost.
    ///
    /// Between two elements the context is that of the caller. It ends with the sequence, with the first error, or as
    /// the sequence does when the task is cancelled.
    ///
    /// - Throws: What the sequence or `body` throws.
    public func forEachInContext(_ body: nonisolated(nonsending) (Element) async throws -> Void) async throws {
        for try await element in self {
            try await element.contextSnapshot.run { () async throws -> Void in try await body(element) }
        }
    }

    /// Runs `body` for each element of a sequence that does not fail, each in the context that the element carries.
    public func forEachInContext(
        _ body: nonisolated(nonsending) (Element) async -> Void
    ) async where Failure == Never {
        for await element in self {
            await element.contextSnapshot.run { await body(element) }
        }
    }
}

extension Sequence where Element: ContextCarrying {
    /// Runs `body` for each element, each in the context that the element carries.
    public func forEachInContext<Failure: Error>(_ body: (Element) throws(Failure) -> Void) throws(Failure) {
        for element in self {
            try element.contextSnapshot.run { () throws(Failure) -> Void in try body(element) }
        }
    }
}
