/// The ``LogContext`` and the registered task-locals of the code that submits a piece of work.
///
/// Every bridge of this module captures a snapshot when work is *submitted* and binds it while the work runs. When to
/// use it: if your program has its own queue or scheduler. Store the snapshot with the work, and run the work in
/// `run(_:)`. For a single closure `LogContext.bind(_:)` is shorter.
/// ``register(_:_:)`` adds a task-local to all later snapshots.
///
/// A snapshot *replaces* the whole context. If nothing is registered, a snapshot costs as much as a context.
///
///     struct Job { let snapshot: ContextSnapshot; let work: @Sendable () -> Void }
///
///     let job = Job(snapshot: .capture()) { log.info("resized") }
///     ownQueue.push(job)
///     // later, on any thread:
///     job.snapshot.run { job.work() }
public struct ContextSnapshot: Sendable {
    /// The context that was current at the capture.
    public let logContext: LogContext

    let carried: (any SnapshotValue)?

    private init(logContext: LogContext, carried: (any SnapshotValue)?) {
        self.logContext = logContext
        self.carried = carried
    }

    /// Makes a snapshot of `context` without registered values.
    ///
    /// Use it to conform a type that knows only a ``LogContext`` to ``ContextCarrying``. Work that runs in this
    /// snapshot keeps the registered values of its caller. To carry those too, use ``capture(fileID:line:)``.
    ///
    ///     extension Order: ContextCarrying {
    ///         var contextSnapshot: ContextSnapshot { ContextSnapshot(context) }
    ///     }
    public init(_ context: LogContext) {
        self.init(logContext: context, carried: nil)
    }

    /// Captures the current context and the current registered values.
    ///
    /// - Parameters:
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    public static func capture(fileID: StaticString = #fileID, line: UInt = #line) -> ContextSnapshot {
        capture(.current, fileID, line)
    }

    /// Captures `context` and the current registered values.
    @inline(__always)
    package static func capture(_ context: LogContext, _ fileID: StaticString, _ line: UInt) -> ContextSnapshot {
        guard let registrations = ContextRegistrations.current else {
            return ContextSnapshot(logContext: context, carried: nil)
        }
        return ContextSnapshot(
            logContext: context,
            carried: registrations.capture(CapturePlace(fileID: fileID, line: line))
        )
    }

    /// A snapshot with another context and the same registered values.
    @usableFromInline
    package func with(_ context: LogContext) -> ContextSnapshot {
        ContextSnapshot(logContext: context, carried: carried)
    }

    /// Runs `body` immediately on this thread, with the snapshot bound. The previous context returns when `body`
    /// returns or throws.
    @inline(__always)
    public func run<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let carried else { return try withLogContext(logContext, body) }
        return try run(carried, body)
    }

    /// Runs `body` on the caller's actor, with the snapshot bound. Child tasks inherit the snapshot.
    public func run<Result, Failure: Error>(
        _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        guard let carried else { return try await withLogContext(logContext, body) }
        return try await run(carried, body)
    }
}

extension ContextSnapshot {
    @inline(never)
    private func run<Result, Failure: Error>(
        _ carried: any SnapshotValue,
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var outcome: Swift.Result<Result, Failure>?
        carried.run {
            // A pair that runs its body twice must not run the user's work twice.
            guard outcome == nil else { return }
            outcome = self.outcome(body)
        }
        // A pair that does not run its body must not swallow the user's work.
        return try (outcome ?? self.outcome(body)).get()
    }

    private func outcome<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) -> Swift.Result<Result, Failure> {
        do throws(Failure) {
            return .success(try withLogContext(logContext, body))
        } catch {
            return .failure(error)
        }
    }

    @inline(never)
    private func run<Result, Failure: Error>(
        _ carried: any SnapshotValue,
        _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        var outcome: Swift.Result<Result, Failure>?
        await carried.run {
            guard outcome == nil else { return }
            outcome = await self.outcome(body)
        }
        if let outcome { return try outcome.get() }
        return try await self.outcome(body).get()
    }

    private func outcome<Result, Failure: Error>(
        _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async -> Swift.Result<Result, Failure> {
        do throws(Failure) {
            return .success(try await withLogContext(logContext, body))
        } catch {
            return .failure(error)
        }
    }
}
