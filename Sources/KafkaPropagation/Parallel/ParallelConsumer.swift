/// Handles the records of topics in parallel, each in its own context, and commits only what is finished.
///
///     let configuration = try KafkaConsumerConfiguration.fromEnvironment(.group(id: "detectors", topics: ["frames"]))
///     let consumer = try ParallelConsumer(configuration, ordering: .key, maxConcurrency: 64) { record in
///         try await detect(record)
///         log.info("frame processed")                  // the IDs of this record, on any thread
///     }
///     try await consumer.run()
///
/// When to use it: for every service that handles records. Use a ``KafkaConsumer`` if you need records one by one, as a
/// sequence, or have to seek.
///
/// The records that ``Ordering`` names are handled one at a time, in order. All others run beside each other, up to
/// `maxConcurrency` handlers at once. No record waits for a worker that is busy with another key.
///
/// It is at least once. A record is finished when its handler has returned, or when the ``RetryPolicy`` gives it up.
/// The consumer commits the offset below which every record of the partition is finished, and beside it which records
/// beyond it are finished too, so that a restart does not repeat them. After a crash, records since the last commit
/// come again; ``Options/commitCount`` keeps them few. A handler must therefore be able to handle a record twice.
///
/// When partitions are given back, their handlers get ``Options/revokeTimeout`` to finish. A handler that takes longer
/// goes on, but its result does not count, and its key is not handled here again before it has ended.
///
/// The consumer reads from the moment it is made until ``shutdown()``. A handler runs on Swift's cooperative pool, so
/// it must not block a thread for long.
public final class ParallelConsumer: Sendable {
    let consumer: ConsumerClient
    let engine: ParallelEngine

    /// Makes a consumer, which begins to read at once.
    ///
    /// - Parameters:
    ///   - configuration: The cluster, the group and the topics. The commit policy, the buffer limit and the maximum
    ///     poll interval do not apply: this consumer has its own, and stays in its group however long a handler takes.
    ///   - ordering: Which records wait for each other.
    ///   - maxConcurrency: The most handlers that have begun and not ended; less than 1 counts as 1.
    ///   - options: Further settings.
    ///   - handler: Handles one record. It runs in the record's context.
    /// - Throws: ``KafkaError/Code/configuration``, in librdkafka's words, for a property that it refuses, and for a
    ///   dead-letter topic whose name no broker takes. An unreachable broker is not an error here: ``events`` and
    ///   ``health`` report it.
    public convenience init(
        _ configuration: KafkaConsumerConfiguration,
        ordering: Ordering = .key,
        maxConcurrency: Int,
        options: Options = Options(),
        handler: @escaping @Sendable (KafkaRecord) async throws -> Void
    ) throws(KafkaError) {
        let engine = ParallelEngine(configuration, ordering, maxConcurrency, options, .record(handler))
        try self.init(configuration, engine)
    }

    /// Makes a consumer whose handler takes several records at once, for work that is cheaper in batches.
    ///
    ///     let consumer = try ParallelConsumer(configuration, maxConcurrency: 8, batchSize: 100) { batch in
    ///         try await batch.forEachInContext { record in
    ///             log.info("frame received")           // the IDs of this record
    ///             try await check(record)
    ///         }
    ///         try await store.insert(batch)
    ///     }
    ///
    /// A handler gets the records that are ready at that moment; it does not wait for a batch to fill. A batch may hold
    /// several records of one key, in order. If the handler throws for more than one record, it is called again for
    /// each of these records alone, so that the retry policy decides only about records that fail by themselves.
    ///
    /// `batchSize` is the most records of a batch; less than 1 counts as 1. The handler runs in a context of its own;
    /// see ``ParallelBatch``.
    public convenience init(
        _ configuration: KafkaConsumerConfiguration,
        ordering: Ordering = .key,
        maxConcurrency: Int,
        batchSize: Int,
        options: Options = Options(),
        handler: @escaping @Sendable (ParallelBatch) async throws -> Void
    ) throws(KafkaError) {
        let engine = ParallelEngine(configuration, ordering, maxConcurrency, options, .batch(handler, size: batchSize))
        try self.init(configuration, engine)
    }

    private init(_ configuration: KafkaConsumerConfiguration, _ engine: ParallelEngine) throws(KafkaError) {
        self.engine = engine
        try engine.attachLetterProducer(reading: configuration.consumptionStrategy.topicNames)
        do throws(KafkaError) {
            consumer = try ConsumerClient(
                ParallelEngine.configuration(configuration),
                sink: engine,
                waker: engine.waker,
                revokeTimeout: engine.options.revokeTimeout
            ) { engine.attach($0) }
        } catch {
            // The client and the engine keep each other.
            engine.detach()
            throw error
        }
    }

    deinit {
        consumer.loop.shutDown()
    }

    /// Rebalances and errors, in order.
    public var events: KafkaConsumerEvents { KafkaConsumerEvents(stream: consumer.callbacks.stream) }

    /// The partitions that this consumer has now.
    public var assignment: [KafkaTopicPartition] { engine.assignment }
}
