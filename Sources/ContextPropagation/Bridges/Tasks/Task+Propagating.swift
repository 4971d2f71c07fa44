extension Task where Failure == Never {
    /// Starts a detached task in the context of this call, with the values that are registered with
    /// ``ContextSnapshot``.
    ///
    /// When to use it: for work that continues after the request that starts it. The task keeps the IDs. Like every
    /// detached task it inherits no cancellation, no priority and no actor. `Task { }` keeps the context without this
    /// function. Start a worker that serves many requests with a plain `Task.detached`.
    ///
    ///     Task.detachedPropagatingContext { await uploadThumbnail(image) }
    ///
    /// - Parameters:
    ///   - name: The name that a debugger shows.
    ///   - executor: The executor on which the task prefers to run, as with `Task.detached`.
    ///   - priority: The priority, as with `Task.detached`.
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    ///   - operation: The code of the task. It runs once.
    @discardableResult
    public static func detachedPropagatingContext(
        name: String? = nil,
        executorPreference executor: (any TaskExecutor)? = nil,
        priority: TaskPriority? = nil,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        operation: sending @escaping @isolated(any) () async -> Success
    ) -> Task<Success, Never> {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        return Task.detached(name: name, executorPreference: executor, priority: priority) {
            await snapshot.run { await operation() }
        }
    }
}

extension Task where Failure == any Error {
    /// Starts a detached task that can throw, in the context of this call; see the form that does not throw.
    @discardableResult
    public static func detachedPropagatingContext(
        name: String? = nil,
        executorPreference executor: (any TaskExecutor)? = nil,
        priority: TaskPriority? = nil,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        operation: sending @escaping @isolated(any) () async throws -> Success
    ) -> Task<Success, any Error> {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        return Task.detached(name: name, executorPreference: executor, priority: priority) {
            try await snapshot.run { () async throws -> Success in try await operation() }
        }
    }
}
