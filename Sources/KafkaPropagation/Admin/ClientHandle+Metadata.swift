internal import CMALoggerRDKafka

extension ClientHandle {
    /// Asks any broker for a sign of life, and blocks until one answers or the time has passed.
    func askAnyBroker(milliseconds: Int32) -> rd_kafka_resp_err_t {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let error = rd_kafka_metadata(pointer, 0, nil, &metadata, milliseconds)
        if let metadata { rd_kafka_metadata_destroy(metadata) }
        return error
    }

    /// Asks a broker for the brokers, topics and partitions of the cluster, and blocks until it answers.
    ///
    /// - Parameters:
    ///   - topic: The only topic to ask for; nil asks for every topic.
    ///   - timeout: How long to wait for an answer.
    ///   - connection: The connection state of the client. The wait ends when a broker refuses the credentials
    ///     and no other can be reached.
    ///   - isPolled: Whether another thread polls the client. If not, this call polls it, so that errors arrive.
    func metadata(
        of topic: String?,
        timeout: Duration,
        connection: ConnectionState,
        isPolled: Bool
    ) throws(KafkaError) -> KafkaMetadata {
        let native = try topic.map { topic throws(KafkaError) in try handle(of: topic) }
        defer { if let native { rd_kafka_topic_destroy(native) } }
        let deadline = ContinuousClock.Instant.now + timeout
        // A wait is short, so that a refusal is seen. librdkafka drops an answer that comes after its wait, so the next
        // wait is longer.
        var longest: Int32 = 500
        while true {
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let left = max(1, min(longest, (deadline - .now).wholeMilliseconds))
            let error = rd_kafka_metadata(pointer, topic == nil ? 1 : 0, native, &metadata, left)
            if error == RD_KAFKA_RESP_ERR__TIMED_OUT { longest = min(longest, .max / 2) * 2 }
            if !isPolled { rd_kafka_poll(pointer, 0) }
            if error == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata {
                defer { rd_kafka_metadata_destroy(metadata) }
                connection.noteSuccess()
                return try Self.copied(metadata.pointee, of: topic)
            }
            if let refusal = connection.refusal { throw refusal }
            if .now >= deadline || !KafkaError(error).isRetriable {
                throw KafkaError(error, cause: connection.lastFailure)
            }
        }
    }

    /// Returns a handle that the caller destroys.
    private func handle(of topic: String) throws(KafkaError) -> OpaquePointer {
        try KafkaError.check(topic: topic)
        // Without a handle, librdkafka would ask for every topic.
        guard let handle = rd_kafka_topic_new(pointer, topic, nil) else {
            throw KafkaError(rd_kafka_last_error(), subject: topic)
        }
        return handle
    }

    private static func copied(
        _ metadata: rd_kafka_metadata,
        of topic: String?
    ) throws(KafkaError) -> KafkaMetadata {
        let brokers = UnsafeBufferPointer(start: metadata.brokers, count: Int(metadata.broker_cnt))
        let topics = UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt))
        if let topic, let first = topics.first, first.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(first.err, subject: topic)
        }
        return KafkaMetadata(
            brokers: brokers.map {
                KafkaMetadata.Broker(id: Int($0.id), host: String(cString: $0.host), port: Int($0.port))
            },
            topics: topics.map { topic in
                KafkaMetadata.Topic(name: String(cString: topic.topic), partitions: copied(topic))
            }
        )
    }

    private static func copied(_ topic: rd_kafka_metadata_topic) -> [KafkaMetadata.Partition] {
        UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt)).map { partition in
            let replicas = UnsafeBufferPointer(start: partition.replicas, count: Int(partition.replica_cnt))
            let inSync = UnsafeBufferPointer(start: partition.isrs, count: Int(partition.isr_cnt))
            return KafkaMetadata.Partition(
                id: KafkaPartition(rawValue: Int(partition.id)),
                leader: partition.leader < 0 ? nil : Int(partition.leader),
                replicas: replicas.map(Int.init),
                inSyncReplicas: inSync.map(Int.init)
            )
        }.sorted { $0.id < $1.id }
    }
}

extension BlockingCalls {
    /// Asks a broker for the brokers, topics and partitions of the cluster, on a new thread.
    ///
    /// - Parameters:
    ///   - client: The client of this object's connection.
    ///   - topic: The only topic to ask for; nil asks for every topic.
    ///   - timeout: How long to wait for an answer.
    ///   - isPolled: Whether another thread polls the client.
    func metadata(
        from client: ClientHandle,
        of topic: String?,
        timeout: Duration,
        isPolled: Bool = true
    ) async throws(KafkaError) -> KafkaMetadata {
        let connection = connection
        return try await run("kafka-metadata", timeout: timeout, subject: topic) {
            () throws(KafkaError) -> KafkaMetadata in
            try client.metadata(of: topic, timeout: timeout, connection: connection, isPolled: isPolled)
        }
    }
}

extension KafkaProducer {
    /// Asks a broker for the brokers, topics and partitions of the cluster.
    ///
    /// When to use it: at the start of a program, to learn early whether a broker can be reached. Asking for a topic
    /// that does not exist creates it if the brokers have `auto.create.topics.enable`, as sending to it would.
    ///
    /// - Parameters:
    ///   - topic: The only topic to ask for; nil asks for every topic.
    ///   - timeout: How long to wait for an answer.
    /// - Throws: ``KafkaError``. The call throws immediately if a broker refuses the credentials or the certificates
    ///   and no other can be reached, and with the code `shutdown` after ``shutdown()``.
    public func metadata(
        of topic: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> KafkaMetadata {
        // Errors of the connection are found while reports are served.
        core.beginWaiting()
        defer { core.endWaiting() }
        return try await core.blockingCalls.metadata(from: core.client, of: topic, timeout: timeout)
    }
}
