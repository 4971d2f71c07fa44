extension AsyncSequence where Element: ContextCarrying {
    /// Runs `body` for each element, one after the other. Each run is in the context that the element carries.
    ///
    /// When to use it: instead of `for await`, whose body always runs in the context of the loop. To handle several
    /// elements at the same time, use `fanOut`.
    ///
    ///     try await frames.forEachInContext { frame in try await store(frame.value) }
    ///
    /// The name is not `forEach`, because swift-format turns a `forEach` into a `for` loop, which loses the context.
    ///
    /// The iterator runs in the caller's context. The call returns when the sequence ends, and throws at the first
    /// error. If the task is cancelled, the call ends when the sequence ends.
    ///
    /// - Throws: The first error of the sequence or of `body`.
    public func forEachInContext(_ body: nonisolated(nonsending) (Element) async throws -> Void) async throws {
        for try await element in self {
            try await element.contextSnapshot.run { () async throws -> Void in try await body(element) }
        }
    }

    /// Runs `body` for each element of a sequence that does not fail. Each run is in the context that the element
    /// carries.
    public func forEachInContext(
        _ body: nonisolated(nonsending) (Element) async -> Void
    ) async where Failure == Never {
        for await element in self {
            await element.contextSnapshot.run { await body(element) }
        }
    }
}

extension Sequence where Element: ContextCarrying {
    /// Runs `body` for each element. Each run is in the context that the element carries.
    public func forEachInContext<Failure: Error>(_ body: (Element) throws(Failure) -> Void) throws(Failure) {
        for element in self {
            try element.contextSnapshot.run { () throws(Failure) -> Void in try body(element) }
        }
    }

    /// Runs `body` for each element, one after the other. Each run is in the context that the element carries.
    ///
    /// It ends with the first error.
    ///
    /// - Throws: The error of `body`.
    @inlinable
    public func forEachInContext(_ body: nonisolated(nonsending) (Element) async throws -> Void) async throws {
        for element in self {
            try await element.contextSnapshot.run { () async throws -> Void in try await body(element) }
        }
    }
}
