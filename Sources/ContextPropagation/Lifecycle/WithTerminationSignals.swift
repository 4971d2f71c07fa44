/// Runs `body`, and tells it when SIGTERM or SIGINT asks the process to end. It cancels nothing: `body` stops its
/// intake, finishes its work, and returns.
///
/// When to use it: around the work of `main`, in a program without swift-service-lifecycle. For work that needs no
/// particular order at its end, use ``cancelOnTerminationSignal(_:)``. Nest the scopes so that they end in the order
/// intake, work, producer. The work in flight then ends before the clients that it needs:
///
///     try await withTerminationSignals { signals in
///         try await withKafkaProducer(.fromEnvironment()) { producer in        // 3: delivers the messages
///             let consumer = try ParallelConsumer(frames, maxConcurrency: 32) { try await handle($0, producer) }
///             signals.onSignal { consumer.triggerGracefulShutdown() }          // 1: no more records
///             try await consumer.run()                                         // 2: handlers end; commits; leaves
///         }
///     }
///
/// The first signal is caught. The next one has the effect that it had before this call: as a rule it ends the process
/// immediately. The first process of a container then ends with the status 128 + the number of the signal, because the
/// system protects that process from signals without a handler. Kubernetes sends SIGTERM and kills the process after a
/// grace period (30 s by default), so `body` must end in that time.
///
/// Scopes may be nested and may run side by side. A signal reaches all of them. When the last scope ends, each signal
/// gets back the disposition that it had before the first scope began. A handler of the application is active again. A
/// signal that was ignored stays ignored all the time, for example SIGINT of a background job of a shell.
///
/// If no body notices a signal, it came too late, and it is sent again when the last scope ends. A body notices a
/// signal when an action of ``TerminationSignals/onSignal(fileID:line:_:)`` runs, or when it reads the signal from
/// ``TerminationSignals/received``.
///
/// - Parameter body: Runs in the caller's task and context.
/// - Returns: The result of `body`. Nil if `body` threw a `CancellationError` after a signal: it ended as requested, so
///   `main` can return and the process ends with status 0. To end with the status that shells report for a signal, call
///   `exit(128 + signal.number)` afterwards.
/// - Throws: Every other error of `body`; an error if the system cannot make a pipe.
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
