internal import ContextPropagation

extension KafkaProducer {
    /// Suspends until the task is cancelled or ``triggerGracefulShutdown()`` is called, then delivers the messages that
    /// are enqueued.
    ///
    /// When to use it: in programs whose parts are tasks of one group. The producer works without it.
    ///
    /// - Throws: As ``shutdown()``.
    public func run() async throws(KafkaError) {
        try await withServiceShutdown { [core] in
            core.shutDown()
        } _: { () async throws(KafkaError) in
            if try await core.waitUntilClosed(ignoringCancellation: false) { return }
            try await shutdown()
        }
    }

    /// Starts a shutdown and returns at once. The producer refuses every later message and delivers the accepted ones.
    ///
    /// No transaction begins any more. An open one can still commit, but takes no more messages.
    public func triggerGracefulShutdown() {
        core.shutDown()
    }

    /// Refuses every later message, delivers the accepted ones, and suspends until that is done, also in a task that is
    /// cancelled.
    ///
    /// It waits for an open transaction within the same time, and then aborts it.
    ///
    /// - Throws: ``KafkaError/Code/timedOut`` if some messages were not acknowledged within
    ///   ``KafkaProducerConfiguration/shutdownTimeout``. Each of them has a report with this error.
    public func shutdown() async throws(KafkaError) {
        core.shutDown()
        _ = try await core.waitUntilClosed(ignoringCancellation: true)
    }
}

/// Makes a producer, lends it to `body`, and shuts it down when `body` has returned or thrown.
///
///     try await withKafkaProducer(.fromEnvironment()) { producer in
///         for frame in frames { try producer.enqueue(KafkaMessage(topic: "frames", value: frame)) }
///     }
///
/// - Parameters:
///   - configuration: The producer's configuration.
///   - body: Runs on the caller's actor.
/// - Throws: The error of ``KafkaProducer/init(_:)``, of `body`, or of ``KafkaProducer/shutdown()``: the first one.
@discardableResult
public func withKafkaProducer<Success>(
    _ configuration: KafkaProducerConfiguration,
    _ body: nonisolated(nonsending) (KafkaProducer) async throws -> Success
) async throws -> Success {
    let producer = try KafkaProducer(configuration)
    let success: Success
    do {
        success = try await body(producer)
    } catch {
        try? await producer.shutdown()
        throw error
    }
    try await producer.shutdown()
    return success
}
