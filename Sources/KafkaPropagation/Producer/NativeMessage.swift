internal import CRDKafka
internal import ContextPropagation

/// A message in librdkafka's form: it makes the headers, with the context, and hands the message to librdkafka.
struct NativeMessage: ~Copyable {
    /// Owned by this value until librdkafka accepts the message.
    private var headers: OpaquePointer?

    /// Writes the message's headers and `context`. Throws if the topic's name is empty or contains a NUL, or if the
    /// timestamp is before 1970.
    init(_ message: borrowing KafkaMessage, _ context: LogContext, _ codecs: HeaderCodecs) throws(KafkaError) {
        let topic = message.topic
        if topic.isEmpty { throw KafkaError(.invalidArgument, "is not the name of a topic", subject: "\"\"") }
        try KafkaError.checkNUL(inTopic: topic)
        if let time = message.timestamp?.millisecondsSinceEpoch, time < 0 {
            throw KafkaError(
                .invalidArgument,
                "is before 1970, and Kafka stores no such time",
                subject: "timestamp \(time) ms",
                hint: "Set it to the milliseconds since 1970, or to nil for the time of the send"
            )
        }
        // The headers are passed as a list. With single headers, librdkafka before 2.12 frees memory twice if the
        // partition does not exist.
        headers = Self.headers(of: message, context, codecs)
    }

    deinit {
        if let headers { rd_kafka_headers_destroy(headers) }
    }

    /// Gives librdkafka a copy of the message. If it accepts, `opaque` belongs to it. Never blocks.
    mutating func produce(
        _ message: borrowing KafkaMessage,
        _ opaque: UnsafeMutableRawPointer,
        to client: OpaquePointer
    ) -> ProducerCore.Acceptance {
        let topic = message.topic
        let headers = headers
        let error = Self.withBytes(message.key) { key in
            Self.withBytes(message.value) { value in
                topic.withCString { topic in
                    withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 8) { arguments in
                        arguments.initialize(repeating: rd_kafka_vu_t())
                        arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC
                        arguments[0].u.cstr = topic
                        arguments[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                        arguments[1].u.i = RD_KAFKA_MSG_F_COPY
                        arguments[2].vtype = RD_KAFKA_VTYPE_OPAQUE
                        arguments[2].u.ptr = opaque
                        arguments[3].vtype = RD_KAFKA_VTYPE_VALUE
                        arguments[3].u.mem.ptr = value.start
                        arguments[3].u.mem.size = value.count
                        arguments[4].vtype = RD_KAFKA_VTYPE_KEY
                        arguments[4].u.mem.ptr = key.start
                        arguments[4].u.mem.size = key.count
                        arguments[5].vtype = RD_KAFKA_VTYPE_PARTITION
                        arguments[5].u.i32 = message.partition?.native ?? RD_KAFKA_PARTITION_UA
                        arguments[6].vtype = RD_KAFKA_VTYPE_TIMESTAMP
                        arguments[6].u.i64 = message.timestamp?.millisecondsSinceEpoch ?? 0
                        arguments[7].vtype = RD_KAFKA_VTYPE_HEADERS
                        arguments[7].u.headers = headers
                        return rd_kafka_produceva(client, arguments.baseAddress, headers == nil ? 7 : 8)
                    }
                }
            }
        }
        guard let error else {
            // librdkafka owns the headers of a message that it accepted.
            self.headers = nil
            return .accepted
        }
        if rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__QUEUE_FULL {
            rd_kafka_error_destroy(error)
            return .full
        }
        return .refused(KafkaError(consuming: error, subject: topic))
    }

    private static func headers(
        of message: borrowing KafkaMessage,
        _ context: LogContext,
        _ codecs: HeaderCodecs
    ) -> OpaquePointer? {
        if context.isEmpty && message.headers.isEmpty { return nil }
        guard let pointer = rd_kafka_headers_new(message.headers.count + 4) else { return nil }
        var headers = NativeHeaders(pointer: pointer)
        // Headers that the injection would remove are not added: librdkafka searches the whole list for each name that
        // it removes.
        let replaces = codecs.changesHeaders(for: context)
        for header in message.headers where !replaces || !codecs.replaces(header.key.utf8.span) {
            headers.append(header)
        }
        codecs.inject(context, into: &headers)
        return pointer
    }

    /// Lends the address of bytes to `body`: null for nil, and not null for an empty array.
    private static func withBytes<Result>(
        _ bytes: [UInt8]?,
        _ body: ((start: UnsafeMutableRawPointer?, count: Int)) -> Result
    ) -> Result {
        guard let bytes else { return body((nil, 0)) }
        return bytes.withUnsafeBytes { bytes in
            body((UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? emptyBytes), bytes.count))
        }
    }
}
