// There is one overload for each number of arguments because the compiler crashes on an asynchronous closure that takes
// a parameter pack.

extension LogContext {
    /// Returns an asynchronous closure that runs `body` in this context, on the actor of the closure's caller. Child
    /// tasks inherit the context. See the synchronous form.
    ///
    ///     server.onRequest(LogContext.current.bind { request in await handle(request) })
    public func bind<Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable () async -> Result
    ) -> @Sendable () async -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return {
            await snapshot.run { () async -> Result in await body() }
        }
    }

    /// Returns an asynchronous closure that runs `body` in this context and throws the error of `body`.
    public func bind<Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable () async throws -> Result
    ) -> @Sendable () async throws -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return {
            try await snapshot.run { () async throws -> Result in try await body() }
        }
    }

    /// Returns an asynchronous closure of one argument that runs `body` in this context.
    public func bind<A, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (A) async -> Result
    ) -> @Sendable (A) async -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { a in
            await snapshot.run { () async -> Result in await body(a) }
        }
    }

    /// Returns an asynchronous closure of one argument that runs `body` in this context and throws the error of `body`.
    public func bind<A, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (A) async throws -> Result
    ) -> @Sendable (A) async throws -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { a in
            try await snapshot.run { () async throws -> Result in try await body(a) }
        }
    }

    /// Returns an asynchronous closure of 2 arguments that runs `body` in this context.
    public func bind<A, B, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (A, B) async -> Result
    ) -> @Sendable (A, B) async -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { a, b in
            await snapshot.run { () async -> Result in await body(a, b) }
        }
    }

    /// Returns an asynchronous closure of 2 arguments that runs `body` in this context and throws the error of `body`.
    public func bind<A, B, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (A, B) async throws -> Result
    ) -> @Sendable (A, B) async throws -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { a, b in
            try await snapshot.run { () async throws -> Result in try await body(a, b) }
        }
    }

    /// Returns an asynchronous closure of 3 arguments that runs `body` in this context.
    public func bind<A, B, C, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (A, B, C) async -> Result
    ) -> @Sendable (A, B, C) async -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { a, b, c in
            await snapshot.run { () async -> Result in await body(a, b, c) }
        }
    }

    /// Returns an asynchronous closure of 3 arguments that runs `body` in this context and throws the error of `body`.
    public func bind<A, B, C, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (A, B, C) async throws -> Result
    ) -> @Sendable (A, B, C) async throws -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { a, b, c in
            try await snapshot.run { () async throws -> Result in try await body(a, b, c) }
        }
    }

    /// Returns an asynchronous closure of 4 arguments that runs `body` in this context.
    public func bind<A, B, C, D, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (A, B, C, D) async -> Result
    ) -> @Sendable (A, B, C, D) async -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { a, b, c, d in
            await snapshot.run { () async -> Result in await body(a, b, c, d) }
        }
    }

    /// Returns an asynchronous closure of 4 arguments that runs `body` in this context and throws the error of `body`.
    public func bind<A, B, C, D, Result>(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ body: @escaping @Sendable (A, B, C, D) async throws -> Result
    ) -> @Sendable (A, B, C, D) async throws -> Result {
        let snapshot = ContextSnapshot.capture(self, fileID, line)
        return { a, b, c, d in
            try await snapshot.run { () async throws -> Result in try await body(a, b, c, d) }
        }
    }
}
