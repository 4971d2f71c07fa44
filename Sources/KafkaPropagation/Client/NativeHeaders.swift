internal import CMALoggerRDKafka
internal import ContextPropagation

/// The headers of a message in librdkafka's memory. They are read and changed in place.
///
/// The code that made the list owns it. A name ends at its first NUL byte, as in librdkafka's own functions.
struct NativeHeaders: HeaderCarrier {
    let pointer: OpaquePointer

    func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        visit { name, value in
            if let value { body(name.span, value.span) } else { body(name.span, nil) }
        }
    }

    /// Calls `body` with each header in order. The bytes are valid only during the call.
    func visit(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>?) -> Void) {
        var index = 0
        while let header = self[index] {
            body(header.name, header.value)
            index += 1
        }
    }

    mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {
        var index = 0
        while let header = self[index] {
            // librdkafka removes every header with exactly this name, and frees the bytes of the name. The name is
            // therefore copied first. The headers before `index` have other names. If librdkafka does not find the
            // header again, which happens in some versions for a name with a NUL, the header stays.
            if matches(header.name.span), remove(Array(header.name)) { continue }
            index += 1
        }
    }

    private func remove(_ name: [UInt8]) -> Bool {
        (name + [0]).withUnsafeBytes { name in
            rd_kafka_header_remove(pointer, name.baseAddress?.assumingMemoryBound(to: CChar.self))
                == RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    mutating func appendHeader(name: String, value: Span<UInt8>) {
        value.withUnsafeBufferPointer { value in append(name: name, value: value) }
    }

    /// Appends a header. A nil value makes a null header.
    func append(_ header: KafkaHeader) {
        if let value = header.value {
            value.withUnsafeBufferPointer { append(name: header.key, value: $0) }
        } else {
            append(name: header.key, bytes: nil, count: 0)
        }
    }

    private func append(name: String, value: UnsafeBufferPointer<UInt8>) {
        // A null address means a null header. An empty value therefore needs an address that is not null. Nobody reads
        // from it.
        append(name: name, bytes: value.baseAddress.map { UnsafeRawPointer($0) } ?? emptyBytes, count: value.count)
    }

    private func append(name: String, bytes: UnsafeRawPointer?, count: Int) {
        var name = name
        name.withUTF8 { name in
            name.withMemoryRebound(to: CChar.self) { name in
                if let start = name.baseAddress {
                    _ = rd_kafka_header_add(pointer, start, name.count, bytes, count)
                } else {
                    _ = rd_kafka_header_add(pointer, "", 0, bytes, count)
                }
            }
        }
    }

    private subscript(index: Int) -> (name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>?)? {
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        guard
            rd_kafka_header_get_all(pointer, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let name
        else { return nil }
        let bytes = UnsafeRawPointer(name).assumingMemoryBound(to: UInt8.self)
        return (
            UnsafeBufferPointer(start: bytes, count: crdkafka_length(name)),
            value.map { UnsafeBufferPointer(start: $0.assumingMemoryBound(to: UInt8.self), count: size) }
        )
    }
}

/// A non-null address for values without bytes.
// nonisolated(unsafe): the byte is allocated once and is never read or changed.
nonisolated(unsafe) let emptyBytes: UnsafeRawPointer = UnsafeRawPointer(
    UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
)
