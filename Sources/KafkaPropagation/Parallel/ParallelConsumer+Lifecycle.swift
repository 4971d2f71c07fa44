internal import ContextPropagation

extension ParallelConsumer {
    /// Suspends until the task is cancelled, ``triggerGracefulShutdown()`` is called, or the consumer stops because of
    /// an error. Then it does what ``shutdown()`` does.
    ///
    /// - Throws: The handler's error, if the retry policy stopped the consumer because of it, or the ``KafkaError``
    ///   after which nothing can be read any more, or after which the application's producer can send no dead letter.
    public func run() async throws {
        await withServiceShutdown { [consumer] in
            consumer.loop.stop()
        } _: {
            _ = await consumer.loop.lifecycle.wait(for: .stopped)
            await shutdown()
        }
        if let error = engine.failure { throw error }
    }

    /// Stops reading and starting handlers, and returns at once.
    ///
    /// Handlers that run go on. The consumer stays in its group until ``run()`` or ``shutdown()`` has ended.
    public func triggerGracefulShutdown() {
        consumer.loop.stop()
    }

    /// Stops reading and starting handlers, waits for the handlers that run, commits, and leaves the group. It suspends
    /// until that is done, also in a task that is cancelled.
    ///
    /// The handlers get ``KafkaConsumerConfiguration/shutdownTimeout``. Then their tasks are cancelled, and after one
    /// more second the consumer leaves without them; their records are not finished and come again. Records that wait
    /// for a handler, or for their next attempt, come again as well.
    ///
    /// Do not call it from a handler: a handler would wait for itself. Call ``triggerGracefulShutdown()`` there.
    public func shutdown() async {
        consumer.loop.shutDown()
        await consumer.loop.lifecycle.waitUncancellably(for: .closed)
        await engine.endLetterProducer()
    }
}

/// Makes a parallel consumer, lends it to `body`, and shuts it down when `body` has returned or thrown.
///
///     try await withParallelConsumer(configuration, maxConcurrency: 64) { record in
///         try await detect(record)
///     } body: { consumer in
///         try await consumer.run()
///     }
///
/// - Parameters:
///   - configuration: The cluster, the group and the topics.
///   - ordering: Which records wait for each other.
///   - maxConcurrency: The most handlers that have begun and not ended.
///   - options: Further settings.
///   - handler: Handles one record.
///   - body: Runs on the caller's actor.
/// - Throws: The errors of the consumer's initializer, and every error of `body`.
@discardableResult
public func withParallelConsumer<Success>(
    _ configuration: KafkaConsumerConfiguration,
    ordering: ParallelConsumer.Ordering = .key,
    maxConcurrency: Int,
    options: ParallelConsumer.Options = ParallelConsumer.Options(),
    handler: @escaping @Sendable (KafkaRecord) async throws -> Void,
    body: nonisolated(nonsending) (ParallelConsumer) async throws -> Success
) async throws -> Success {
    let consumer = try ParallelConsumer(
        configuration,
        ordering: ordering,
        maxConcurrency: maxConcurrency,
        options: options,
        handler: handler
    )
    return try await consumer.lend(to: body)
}

/// Makes a parallel consumer whose handler takes several records at once, lends it to `body`, and shuts it down when
/// `body` has returned or thrown.
///
///     try await withParallelConsumer(configuration, maxConcurrency: 8, batchSize: 100) { batch in
///         try await store.insert(batch)
///     } body: { consumer in
///         try await consumer.run()
///     }
///
/// - Parameters:
///   - configuration: The cluster, the group and the topics.
///   - ordering: Which records wait for each other.
///   - maxConcurrency: The most handlers that have begun and not ended.
///   - batchSize: The most records of a batch; less than 1 counts as 1.
///   - options: Further settings.
///   - handler: Handles a batch, in a context of its own; see ``ParallelBatch``.
///   - body: Runs on the caller's actor.
/// - Throws: The errors of the consumer's initializer, and every error of `body`.
@discardableResult
public func withParallelConsumer<Success>(
    _ configuration: KafkaConsumerConfiguration,
    ordering: ParallelConsumer.Ordering = .key,
    maxConcurrency: Int,
    batchSize: Int,
    options: ParallelConsumer.Options = ParallelConsumer.Options(),
    handler: @escaping @Sendable (ParallelBatch) async throws -> Void,
    body: nonisolated(nonsending) (ParallelConsumer) async throws -> Success
) async throws -> Success {
    let consumer = try ParallelConsumer(
        configuration,
        ordering: ordering,
        maxConcurrency: maxConcurrency,
        batchSize: batchSize,
        options: options,
        handler: handler
    )
    return try await consumer.lend(to: body)
}

extension ParallelConsumer {
    fileprivate func lend<Success>(
        to body: nonisolated(nonsending) (ParallelConsumer) async throws -> Success
    ) async throws -> Success {
        do {
            let success = try await body(self)
            await shutdown()
            return success
        } catch {
            await shutdown()
            throw error
        }
    }
}
