/// Runs `body`, and tells it when SIGTERM or SIGINT asks the process to end. It cancels nothing: `body` stops its
/// intake, finishes its work, and returns.
///
/// When to use it: around the work of `main`, in a program without swift-service-lifecycle. Nest the scopes so that
/// they end in the order intake, work, producer. The work in flight then ends before the clients that it needs:
///
///     try await withTerminationSignals { signals in
///         try await withKafkaProducer(.fromEnvironment()) { producer in        // ends last: delivers the messages
///             try await withKafkaConsumer(configuration) { consumer in         // ends third: leaves the group
///                 try await withWorkerPool(.init(name: "work", workers: 8)) { pool in  // ends second: runs its jobs
///                     signals.onSignal { consumer.triggerGracefulShutdown() }             // first: the loop ends
///                     for try await record in consumer {
///                         try await pool.submit { try await handle(record, producer) }
///                     }
///                 }
///             }
///         }
///     }
///
/// The first signal is caught. The next one has the effect that it had before this call: as a rule it ends the process
/// at once. Kubernetes sends SIGTERM and kills the process after a grace period (30 s by default), so `body` must end
/// in that time.
///
/// Scopes may be nested and may run side by side; a signal reaches all of them. When the last one ends, each signal has
/// the disposition that it had before the first one began: a handler of the application is back, and a signal that was
/// ignored stays ignored all the time (SIGINT of a background job of a shell, for example). A signal of which no body
/// took notice is sent again when the last scope ends, because it came too late: a body takes notice when an action of
/// ``TerminationSignals/onSignal(fileID:line:_:)`` runs, or when it finds the signal in
/// ``TerminationSignals/received``.
///
/// - Parameter body: Runs in the caller's task and context.
/// - Returns: The result of `body`. Nil if `body` threw a `CancellationError` after a signal: it ended as it was asked
///   to, so that `main` returns and the process ends with status 0. To end with the status that shells give for a
///   signal, call `exit(128 + signal.number)` afterwards.
/// - Throws: Every other error of `body`. An error if the system gives no pipe.
@discardableResult
public func withTerminationSignals<Success>(
    _ body: nonisolated(nonsending) (TerminationSignals) async throws -> Success
) async throws -> Success? {
    let signals = TerminationSignals()
    let scope = try TerminationCenter.shared.begin(signals)
    defer { TerminationCenter.shared.end(scope) }
    do {
        return try await body(signals)
    } catch let error where error.isCancellation && signals.received != nil && !Task.isCancelled {
        return nil
    }
}

/// Runs `body` in a task, and cancels that task when SIGTERM or SIGINT asks the process to end.
///
/// When to use it: for work that needs no end in order, such as a computation or a group of `run()` methods, which end
/// in order when they are cancelled. Cancellation also reaches handlers in flight. To let those end, use the form whose
/// body takes ``TerminationSignals``. Everything else is as with that form.
///
///     try await withTerminationSignals {
///         for tile in tiles { try await render(tile) }
///     }
///
/// - Parameter body: Runs in a task of its own, in the caller's context. It is cancelled together with the caller's
///   task, too.
/// - Returns: The result of `body`; nil if it threw a `CancellationError` after a signal.
/// - Throws: Every other error of `body`. An error if the system gives no pipe.
@discardableResult
public func withTerminationSignals<Success: Sendable>(
    _ body: @escaping @Sendable () async throws -> Success
) async throws -> Success? {
    let snapshot = ContextSnapshot.capture()
    return try await withTerminationSignals { (signals: TerminationSignals) async throws -> Success in
        let task = Task { try await body() }
        signals.onSignal { task.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            // The cancellation handlers of the body run in this call.
            snapshot.run { task.cancel() }
        }
    }
}
