/// What a piece of work takes along from the place where it was submitted: the ``LogContext``, and a value for each
/// ``register(_:_:)``ed task-local.
///
/// Every bridge of this module captures one when work is *submitted* and binds it while the work runs. Take one
/// yourself only where work is handed over in a way of your own: put it beside the work, and ``run(_:)-(()->Result)``
/// the work in it. For a single closure ``LogContext/bind(fileID:line:_:)-(()->Result)`` is shorter.
///
/// A snapshot *replaces* the whole context. With nothing registered it is the context and an empty word, and costs no
/// more.
///
///     struct Job { let snapshot: ContextSnapshot; let work: @Sendable () -> Void }
///
///     let job = Job(snapshot: .capture()) { log.info("resized") }
///     ownQueue.push(job)
///     // later, on any thread:
///     job.snapshot.run { job.work() }
public struct ContextSnapshot: Sendable {
    /// The context of the place of capture.
    public let logContext: LogContext

    let carried: (any SnapshotValue)?

    private init(logContext: LogContext, carried: (any SnapshotValue)?) {
        self.logContext = logContext
        self.carried = carried
    }

    /// A snapshot of `context` alone, without registered values.
    ///
    /// Use it to conform a type that knows only a ``LogContext`` to ``ContextCarrying``. Work that runs in this
    /// snapshot keeps the registered values of its caller. To carry those along too, use ``capture(fileID:line:)``.
    ///
    ///     extension Order: ContextCarrying {
    ///         var contextSnapshot: ContextSnapshot { ContextSnapshot(context) }
    ///     }
    public init(_ context: LogContext) {
        self.init(logContext: context, carried: nil)
    }

    /// What is current at this place: the context, and whatever else was registered.
    ///
    /// - Parameters:
    ///   - fileID: The place, which a leak check names; leave it out.
    ///   - line: The place, which a leak check names; leave it out.
    public static func capture(fileID: StaticString = #fileID, line: UInt = #line) -> ContextSnapshot {
        capture(.current, fileID, line)
    }

    /// `context` with whatever else was registered, as it is current at this place.
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

    /// This snapshot in another context; the registered values stay.
    package func with(_ context: LogContext) -> ContextSnapshot {
        ContextSnapshot(logContext: context, carried: carried)
    }

    /// Runs `body` at once, on this thread, with the snapshot bound; afterwards all is as before, also when `body`
    /// throws.
    @inline(__always)
    public func run<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let carried else { return try withLogContext(logContext, body) }
        return try run(carried, body)
    }

    /// Runs `body` on the caller's actor with the snapshot bound; child tasks inherit it.
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
