internal import CRDKafka

extension ClientHandle {
    /// Asks a broker what the cluster consists of. Blocks.
    ///
    /// - Parameters:
    ///   - topic: The only topic to ask for; nil asks for all.
    ///   - timeout: How long to wait for an answer.
    ///   - connection: Where refusals are noted, so that they end the wait.
    ///   - poll: Serves the client's errors, where nobody else does.
    func metadata(
        of topic: String?,
        timeout: Duration,
        connection: ConnectionState,
        poll: () -> Void
    ) -> Result<KafkaMetadata, KafkaError> {
        let native = topic.flatMap { rd_kafka_topic_new(pointer, $0, nil) }
        defer { if let native { rd_kafka_topic_destroy(native) } }
        let deadline = ContinuousClock.Instant.now + timeout
        while true {
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let left = max(1, min(500, (deadline - .now).wholeMilliseconds))
            let error = rd_kafka_metadata(pointer, topic == nil ? 1 : 0, native, &metadata, left)
            poll()
            if error == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata {
                defer { rd_kafka_metadata_destroy(metadata) }
                connection.noteSuccess()
                return Self.copied(metadata.pointee, of: topic)
            }
            if let refusal = connection.refusal { return .failure(refusal) }
            if .now >= deadline || !KafkaError(error).isRetriable {
                return .failure(KafkaError(error, cause: connection.lastFailure))
            }
        }
    }

    private static func copied(_ metadata: rd_kafka_metadata, of topic: String?) -> Result<KafkaMetadata, KafkaError> {
        let brokers = UnsafeBufferPointer(start: metadata.brokers, count: Int(metadata.broker_cnt))
        let topics = UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt))
        if let topic, let first = topics.first, first.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            return .failure(KafkaError(first.err, subject: topic))
        }
        return .success(
            KafkaMetadata(
                brokers: brokers.map {
                    KafkaMetadata.Broker(id: Int($0.id), host: String(cString: $0.host), port: Int($0.port))
                },
                topics: topics.map { topic in
                    KafkaMetadata.Topic(name: String(cString: topic.topic), partitions: copied(topic))
                }
            )
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

extension KafkaProducer {
    /// Asks a broker what the cluster consists of: a way to find out early whether one can be reached.
    ///
    /// - Parameters:
    ///   - topic: The only topic to ask for; nil asks for all.
    ///   - timeout: How long to wait for an answer.
    /// - Throws: ``KafkaError``, at once where the credentials or the certificates are refused.
    public func metadata(
        of topic: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(KafkaError) -> KafkaMetadata {
        let core = core
        return try await core.withWaiting { () async -> Result<KafkaMetadata, KafkaError> in
            do throws(KafkaError) {
                return .success(
                    try await ClientThread.blocking("kafka-metadata") {
                        core.client.metadata(of: topic, timeout: timeout, connection: core.callbacks.connection) {}
                    }
                )
            } catch {
                return .failure(error)
            }
        }.get()
    }
}
