internal import CMALoggerRDKafka
internal import ContextPropagation

/// A message in librdkafka's form: it makes the headers, with the context, and passes the message to librdkafka.
struct NativeMessage: ~Copyable {
    /// Owned by this value until librdkafka accepts the message.
    private var headers: OpaquePointer?

    /// Writes the message's headers and `context`. Throws if the timestamp is before 1970.
    // The headers are passed as a list. With single headers, librdkafka before 2.12 frees memory twice if the partition
    // does not exist.
    init(
        _ message: borrowing KafkaMessage,
        _ context: borrowing LogContext,
        _ codecs: borrowing HeaderCodecs
    ) throws(KafkaError) {
        if let time = message.timestamp?.millisecondsSinceEpoch, time < 0 {
            throw KafkaError(
                .invalidArgument,
                "is before 1970, and Kafka stores no such time",
                subject: "timestamp \(time) ms",
                hint: "Set it to the milliseconds since 1970, or to nil for the time of the send"
            )
        }
        headers = Self.headers(of: message, context, codecs)
    }

    deinit {
        if let headers { rd_kafka_headers_destroy(headers) }
    }

    /// Gives librdkafka a copy of the message. If it accepts, `opaque` belongs to it. Never blocks.
    ///
    /// - Parameter topic: The handle of the message's topic; nil if librdkafka is to look up the name.
    mutating func produce(
        _ message: borrowing KafkaMessage,
        to topic: OpaquePointer?,
        _ opaque: UnsafeMutableRawPointer,
        _ client: OpaquePointer
    ) -> ProducerCore.Acceptance {
        let partition = message.partition?.native ?? RD_KAFKA_PARTITION_UA
        let timestamp = message.timestamp?.millisecondsSinceEpoch ?? 0
        let headers = headers
        let error = Self.withBytes(message.key) { key, keyCount in
            Self.withBytes(message.value) { value, valueCount in
                Self.withName(topic == nil ? message.topic : nil) { name in
                    crdkafka_produce(
                        client,
                        topic,
                        name,
                        partition,
                        key,
                        keyCount,
                        value,
                        valueCount,
                        timestamp,
                        headers,
                        opaque
                    )
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
        return .refused(KafkaError(consuming: error, subject: message.topic))
    }

    private static func headers(
        of message: borrowing KafkaMessage,
        _ context: borrowing LogContext,
        _ codecs: borrowing HeaderCodecs
    ) -> OpaquePointer? {
        let own = message.headers.count
        guard codecs.changesHeaders(for: context) else {
            guard own > 0, let pointer = rd_kafka_headers_new(own) else { return nil }
            let headers = NativeHeaders(pointer: pointer)
            for header in message.headers { headers.append(header) }
            return pointer
        }
        let packed = codecs.packedHeaders(of: context)
        guard let pointer = rd_kafka_headers_new(own + (packed?.count ?? 4)) else { return nil }
        var headers = NativeHeaders(pointer: pointer)
        if own > 0 {
            // Headers that the injection would remove are not added: librdkafka searches the whole list for each name
            // that it removes.
            for header in message.headers where !codecs.replaces(header.key.utf8.span) { headers.append(header) }
        }
        if let packed {
            packed.forEachHeader { name, nameCount, value, valueCount in
                _ = rd_kafka_header_add(
                    pointer,
                    name.assumingMemoryBound(to: CChar.self),
                    nameCount,
                    value,
                    valueCount
                )
            }
        } else {
            codecs.inject(context, into: &headers)
        }
        return pointer
    }

    /// Lends the bytes of a name, with a NUL behind them, to `body`: null for nil.
    @inline(__always)
    private static func withName<Result>(_ name: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        if let name { name.withCString { body($0) } } else { body(nil) }
    }

    /// Lends the address of bytes to `body`: null for nil, and not null for an empty array.
    @inline(__always)
    private static func withBytes<Result>(
        _ bytes: [UInt8]?,
        _ body: (_ start: UnsafeRawPointer?, _ count: Int) -> Result
    ) -> Result {
        guard let bytes else { return body(nil, 0) }
        return bytes.withUnsafeBytes { body($0.baseAddress ?? emptyBytes, $0.count) }
    }
}
