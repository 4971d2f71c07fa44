// One overload for each number of arguments: the compiler crashes on an asynchronous closure that takes a pack.

extension LogContext {
    /// An asynchronous closure that runs `body` in this context, on its caller's actor; child tasks inherit it. See the
    /// synchronous form.
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

    /// The same for an asynchronous closure that throws.
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

    /// The same for an asynchronous closure of one argument.
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

    /// The same for an asynchronous closure of one argument that throws.
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

    /// The same for an asynchronous closure of 2 arguments.
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

    /// The same for an asynchronous closure of 2 arguments that throws.
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

    /// The same for an asynchronous closure of 3 arguments.
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

    /// The same for an asynchronous closure of 3 arguments that throws.
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

    /// The same for an asynchronous closure of 4 arguments.
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

    /// The same for an asynchronous closure of 4 arguments that throws.
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
