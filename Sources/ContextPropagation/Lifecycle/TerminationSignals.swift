internal import Dispatch

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Runs `body`, and cancels it when the process is asked to end by SIGTERM or SIGINT: whatever drains when it is
/// cancelled - producers, consumers, pools - gets to drain.
///
/// When to use it: around the work of `main`, in a program without swift-service-lifecycle. Kubernetes sends SIGTERM,
/// and kills the process after its grace period. A second signal ends the process at once, as if this were not there.
///
///     try await withTerminationSignals {
///         try await withThrowingTaskGroup(of: Void.self) { group in
///             group.addTask { try await producer.run() }
///             group.addTask { try await pool.run() }
///             try await group.waitForAll()
///         }
///     }
///
/// - Parameter body: Runs in a task of its own, in the caller's context; it is cancelled with the caller's task, too.
/// - Throws: What `body` throws.
public func withTerminationSignals<Success: Sendable>(
    _ body: @escaping @Sendable () async throws -> Success
) async throws -> Success {
    let (stream, arrivals) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let signals = await TerminationSignals { arrivals.yield() }
    let task = Task { try await body() }
    Task.detached {
        for await _ in stream { task.cancel() }
    }
    defer {
        signals.stop()
        arrivals.finish()
    }
    return try await withTaskCancellationHandler {
        try await task.value
    } onCancel: {
        task.cancel()
    }
}

/// The two signals, caught until ``stop()``.
private struct TerminationSignals {
    private static let numbers = [SIGTERM, SIGINT]

    private var sources: [(number: Int32, source: any DispatchSourceSignal)] = []

    /// Returns when both are caught: one that comes right after it is not lost.
    init(_ onSignal: @escaping @Sendable () -> Void) async {
        let queue = DispatchQueue(label: "termination-signals")
        for number in Self.numbers {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { @Sendable in
                onSignal()
                // The next one is the system's again, whichever it is.
                for number in TerminationSignals.numbers { signal(number, SIG_DFL) }
            }
            // Dispatch only looks on: without this the first signal would end the process.
            signal(number, SIG_IGN)
            await withCheckedContinuation { continuation in
                source.setRegistrationHandler { @Sendable in continuation.resume() }
                source.activate()
            }
            sources.append((number, source))
        }
    }

    func stop() {
        for (number, source) in sources {
            source.cancel()
            signal(number, SIG_DFL)
        }
    }
}
