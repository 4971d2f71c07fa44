internal import CMALoggerRDKafka

/// The parts that every kind of consumer has: librdkafka's client, its callbacks and the poll loop, which gives the
/// records to a sink.
final class ConsumerClient: Sendable {
    let handle: ClientHandle
    let callbacks: ConsumerCallbacks
    let configuration: KafkaConsumerConfiguration
    let loop: PollLoop
    /// Whether the consumer can commit offsets and subscribe.
    let hasGroup: Bool
    private let startingOffsets: StartingOffsets

    var pointer: OpaquePointer { handle.pointer }
    var commits: CommitRequests { callbacks.commits }

    /// Makes a client and begins to read.
    ///
    /// - Parameters:
    ///   - configuration: The consumer's configuration.
    ///   - sink: Gets the records.
    ///   - waker: Wakes the poll loop; the sink wakes the same one.
    ///   - revokeTimeout: How long the sink may wait for work in flight when partitions are given back.
    ///   - attach: Called with the client before any record is read.
    init(
        _ configuration: KafkaConsumerConfiguration,
        sink: any RecordSink,
        waker: Waker,
        revokeTimeout: Duration = .zero,
        attach: (ConsumerClient) -> Void = { _ in }
    ) throws(KafkaError) {
        self.configuration = configuration
        let properties = try configuration.checkedProperties
        let native = try NativeConfiguration(properties)
        let maximumPollInterval = KafkaConsumerConfiguration.maximumPollInterval(of: native)
        let commitsByItself = native.boolean(named: "enable.auto.commit") != false
        let levels = QueueLevels(native)
        hasGroup = configuration.groupID != nil
        startingOffsets = StartingOffsets(configuration, native)
        callbacks = ConsumerCallbacks(sink: sink, waker: waker, revokeTimeout: revokeTimeout)
        handle = try ClientHandle(RD_KAFKA_CONSUMER, native, callbacks: callbacks)
        try KafkaError.check(rd_kafka_poll_set_consumer(handle.pointer))
        try callbacks.queues.make(handle.pointer)
        loop = PollLoop(
            handle,
            callbacks,
            configuration,
            properties: properties,
            maximumPollInterval: maximumPollInterval,
            commitsByItself: commitsByItself,
            levels: levels,
            waker: waker
        )
        attach(self)
        switch configuration.consumptionStrategy.backing {
        case .group(_, let topics): try callbacks.assignment.subscribe(topics, pointer)
        case .partitions(let partitions, _): try assign(partitions)
        }
        try loop.start()
    }

    /// Whether calls are answered with an error.
    var isEnded: Bool { loop.lifecycle.isEnded }

    func checkNotEnded() throws(KafkaError) {
        if isEnded { throw .consumerShutDown }
    }

    /// Throws if calls are answered with an error, or if there is no group whose offsets they could use.
    func checkGroup() throws(KafkaError) {
        try checkNotEnded()
        if !hasGroup { throw .noGroup }
    }

    /// Replaces the assignment. Call it on the poll thread, or before that thread starts.
    func assign(_ partitions: [KafkaTopicPartitionOffset]) throws(KafkaError) {
        try callbacks.assignment.assign(startingOffsets.complete(partitions), pointer)
    }

    /// Makes a call on the poll thread.
    func perform<Success: Sendable>(
        _ call: @escaping @Sendable (ConsumerAssignment, OpaquePointer) throws(KafkaError) -> Success
    ) async throws(KafkaError) -> Success {
        try await loop.commands.perform { [self] () throws(KafkaError) -> Success in
            try call(callbacks.assignment, pointer)
        }
    }

    /// Throws if librdkafka answered an error, and says what was wrong with the connection.
    func check(_ error: rd_kafka_resp_err_t) throws(KafkaError) {
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        throw KafkaError(error, cause: callbacks.connection.lastFailure)
    }
}
