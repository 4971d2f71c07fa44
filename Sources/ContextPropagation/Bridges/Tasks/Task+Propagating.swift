extension Task where Failure == Never {
    /// Starts a detached task in the context of this call, and of what else is registered with ``ContextSnapshot``.
    ///
    /// When to use it: for work that goes on after the request which starts it. It keeps the IDs and drops all else
    /// that `Task.detached` drops: cancellation, priority, the actor. `Task { }` keeps the context by itself, and a
    /// worker that serves many requests starts with a plain `Task.detached`.
    ///
    ///     Task.detachedPropagatingContext { await uploadThumbnail(image) }
    ///
    /// - Parameters:
    ///   - name: What a debugger shows.
    ///   - executor: Where to run, as with `Task.detached`.
    ///   - priority: As with `Task.detached`.
    ///   - fileID: The place, which a leak check names; leave it out.
    ///   - line: The place, which a leak check names; leave it out.
    ///   - operation: Runs once.
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
    /// Starts a detached task that may throw, in the context of this call; see the form that does not throw.
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
