internal import CRDKafka

/// The parts of a ``KafkaConsumer``: the client, the poll loop, and the feed that delivers its records.
final class ConsumerCore: Sendable {
    let client: ClientHandle
    let callbacks: ConsumerCallbacks
    let configuration: KafkaConsumerConfiguration
    let feed: RecordFeed
    let loop: PollLoop

    var commits: CommitRequests { callbacks.commits }

    init(_ configuration: KafkaConsumerConfiguration) throws(KafkaError) {
        self.configuration = configuration
        let waker = Waker()
        let properties = try configuration.checkedProperties
        feed = RecordFeed(
            limit: configuration.maximumBufferedRecords,
            isTracking: configuration.consumptionStrategy.groupID != nil,
            waker: waker
        )
        callbacks = ConsumerCallbacks(sink: feed, waker: waker)
        client = try ClientHandle(RD_KAFKA_CONSUMER, properties, callbacks: callbacks)
        try KafkaError.check(rd_kafka_poll_set_consumer(client.pointer))
        try callbacks.queues.make(client.pointer)
        loop = PollLoop(
            client,
            callbacks,
            configuration,
            maximumPollInterval: KafkaConsumerConfiguration.maximumPollInterval(of: properties),
            waker: waker
        )
        switch configuration.consumptionStrategy.backing {
        case .group(_, let topics): try callbacks.assignment.subscribe(topics, client.pointer)
        case .partitions(let partitions, _): try callbacks.assignment.assign(partitions, client.pointer)
        }
        try loop.start()
    }

    /// Whether every call now throws an error.
    var isEnded: Bool { loop.lifecycle.isEnded }

    func checkNotEnded() throws(KafkaError) {
        if isEnded { throw .consumerShutDown }
    }

    /// Makes a call on the poll thread.
    func perform<Success: Sendable>(
        _ call: @escaping @Sendable (ConsumerAssignment, OpaquePointer) throws(KafkaError) -> Success
    ) async throws(KafkaError) -> Success {
        try await loop.commands.perform { [self] () throws(KafkaError) -> Success in
            try call(callbacks.assignment, client.pointer)
        }
    }

    /// Throws if librdkafka returned an error. The error includes the last error of the connection.
    func check(_ error: rd_kafka_resp_err_t) throws(KafkaError) {
        if error == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        throw KafkaError(error, cause: callbacks.connection.lastFailure)
    }

    func position(_ partitions: [KafkaTopicPartition]) throws(KafkaError) -> [KafkaTopicPartitionOffset] {
        try checkNotEnded()
        return feed.position(partitions)
    }

    func lag() throws(KafkaError) -> [KafkaTopicPartition: Int] {
        var lags: [KafkaTopicPartition: Int] = [:]
        for place in try position(feed.withLedger { $0.assigned }) {
            var low: Int64 = 0
            var high: Int64 = 0
            let error = rd_kafka_get_watermark_offsets(
                client.pointer,
                place.topic,
                place.partition.native,
                &low,
                &high
            )
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0, let offset = place.offset, offset.isAbsolute else {
                continue
            }
            lags[place.topicPartition] = max(0, Int(high) - offset.rawValue)
        }
        return lags
    }
}
