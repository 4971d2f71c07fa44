extension KafkaProducer {
    /// Suspends until the task is cancelled or ``triggerGracefulShutdown()`` is called, then delivers what is enqueued.
    ///
    /// Not needed for the producer to work: it is for programs whose parts are tasks of one group.
    ///
    /// - Throws: As ``shutdown()``.
    public func run() async throws(KafkaError) {
        if try await core.waitUntilClosed(ignoringCancellation: false) { return }
        try await shutdown()
    }

    /// Asks for a shutdown and returns at once: no more messages are taken, and those that are there are delivered.
    public func triggerGracefulShutdown() {
        core.shutDown()
    }

    /// Takes no more messages, delivers those that are there, and suspends until that is done, also in a task that is
    /// cancelled.
    ///
    /// - Throws: ``KafkaError/Code/timedOut`` where some were not acknowledged within
    ///   ``KafkaProducerConfiguration/shutdownTimeout``; each of them has a report with this error.
    public func shutdown() async throws(KafkaError) {
        core.shutDown()
        _ = try await core.waitUntilClosed(ignoringCancellation: true)
    }
}

/// Makes a producer, lends it to `body`, and shuts it down when `body` is done, whatever came of it.
///
///     try await withKafkaProducer(.fromEnvironment()) { producer in
///         for frame in frames { try producer.enqueue(KafkaMessage(topic: "frames", value: frame)) }
///     }
///
/// - Parameters:
///   - configuration: The producer's.
///   - body: Runs on the caller's actor.
/// - Throws: What `body` throws, else what ``KafkaProducer/shutdown()`` does.
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
