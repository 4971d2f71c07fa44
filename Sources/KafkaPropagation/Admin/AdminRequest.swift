internal import CMALoggerRDKafka

/// A request of an admin client. The answer arrives as an event on a queue.
protocol AdminRequest: Sendable {
    /// Sends the request. The answer arrives on `queue`.
    func send(to client: OpaquePointer, _ options: OpaquePointer?, answer queue: OpaquePointer) throws(KafkaError)

    /// Returns the first error in the answer; nil if the request succeeded for every topic.
    func failure(in event: OpaquePointer) -> KafkaError?

    /// The number of the request in librdkafka.
    var operation: rd_kafka_admin_op_t { get }
}

extension AdminRequest {
    /// Sends the request and blocks until the answer arrives.
    func perform(
        with client: ClientHandle,
        _ connection: ConnectionState,
        timeout: Duration
    ) throws(KafkaError) {
        let queue = rd_kafka_queue_new(client.pointer)
        let options = rd_kafka_AdminOptions_new(client.pointer, operation)
        defer {
            rd_kafka_AdminOptions_destroy(options)
            rd_kafka_queue_destroy(queue)
        }
        guard let queue else {
            throw KafkaError(
                .client,
                "librdkafka could not make a queue: out of memory; try again later",
                isRetriable: true
            )
        }
        // librdkafka refuses a longer time, and keeps its default of a minute then.
        let milliseconds = min(max(1, timeout.wholeMilliseconds), 3_600_000)
        rd_kafka_AdminOptions_set_request_timeout(options, milliseconds, nil, 0)
        rd_kafka_AdminOptions_set_operation_timeout(options, milliseconds, nil, 0)
        // Nobody polls the client between two requests, so a refusal that is known before this one may be old.
        rd_kafka_poll(client.pointer, 0)
        if let refusal = connection.refusal {
            let error = client.askAnyBroker(milliseconds: min(milliseconds, 5000))
            if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw refusal }
            connection.noteSuccess()
        }
        try send(to: client.pointer, options, answer: queue)
        while true {
            let event = rd_kafka_queue_poll(queue, 50)
            rd_kafka_poll(client.pointer, 0)
            if let event {
                defer { rd_kafka_event_destroy(event) }
                let error = rd_kafka_event_error(event)
                if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                    let text = rd_kafka_event_error_string(event).map { String(cString: $0) }
                    throw KafkaError(error, text, cause: connection.lastFailure)
                }
                connection.noteSuccess()
                if let failure = failure(in: event) { throw failure }
                return
            }
            // librdkafka ends the request after the timeout. If no broker accepts the connection, waiting is useless.
            if let refusal = connection.refusal { throw refusal }
        }
    }

    /// Returns the first error among the results; nil if every topic succeeded.
    func firstFailure(
        _ results: UnsafeMutablePointer<OpaquePointer?>?,
        _ count: Int
    ) -> KafkaError? {
        for result in UnsafeBufferPointer(start: results, count: count) {
            guard let result, rd_kafka_topic_result_error(result) != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            return KafkaError(
                rd_kafka_topic_result_error(result),
                rd_kafka_topic_result_error_string(result).map { String(cString: $0) },
                subject: String(cString: rd_kafka_topic_result_name(result))
            )
        }
        return nil
    }
}

/// The request that creates topics.
struct CreateTopics: AdminRequest {
    let topics: [KafkaTopic]
    var operation: rd_kafka_admin_op_t { RD_KAFKA_ADMIN_OP_CREATETOPICS }

    func send(to client: OpaquePointer, _ options: OpaquePointer?, answer queue: OpaquePointer) throws(KafkaError) {
        for topic in topics { try Self.check(topic) }
        var natives: [OpaquePointer?] = []
        defer { for native in natives { rd_kafka_NewTopic_destroy(native) } }
        for topic in topics {
            natives.append(try native(topic))
        }
        rd_kafka_CreateTopics(client, &natives, natives.count, options, queue)
    }

    private static func check(_ topic: KafkaTopic) throws(KafkaError) {
        try KafkaError.check(topic: topic.name)
        for (name, value) in topic.configuration {
            try KafkaError.checkNUL(in: name, "configuration of topic \"\(topic.name)\"")
            try KafkaError.checkNUL(in: value, "\(name) of topic \"\(topic.name)\"")
        }
    }

    private func native(_ topic: KafkaTopic) throws(KafkaError) -> OpaquePointer {
        let (native, failure) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            text.initialize(repeating: 0)
            let native = rd_kafka_NewTopic_new(
                topic.name,
                Int32(clamping: topic.partitions),
                topic.replicationFactor.map { Int32(clamping: $0) } ?? -1,
                text.baseAddress,
                text.count
            )
            return (native, text.baseAddress.map { String(cString: $0) } ?? "")
        }
        guard let native else { throw KafkaError(.invalidArgument, failure, subject: topic.name) }
        for (name, value) in topic.configuration {
            let error = rd_kafka_NewTopic_set_config(native, name, value)
            if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                rd_kafka_NewTopic_destroy(native)
                throw KafkaError(error, subject: name)
            }
        }
        return native
    }

    func failure(in event: OpaquePointer) -> KafkaError? {
        var count = 0
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        return firstFailure(results, count)
    }
}

/// The request that deletes topics.
struct DeleteTopics: AdminRequest {
    let names: [String]
    var operation: rd_kafka_admin_op_t { RD_KAFKA_ADMIN_OP_DELETETOPICS }

    func send(to client: OpaquePointer, _ options: OpaquePointer?, answer queue: OpaquePointer) throws(KafkaError) {
        for name in names { try KafkaError.check(topic: name) }
        var natives = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for native in natives { rd_kafka_DeleteTopic_destroy(native) } }
        rd_kafka_DeleteTopics(client, &natives, natives.count, options, queue)
    }

    func failure(in event: OpaquePointer) -> KafkaError? {
        var count = 0
        let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
        return firstFailure(results, count)
    }
}
