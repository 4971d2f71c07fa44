internal import ContextPropagation

extension KafkaRecord {
    /// The headers, copied, in order, with those that carried the trace.
    public var headers: [KafkaHeader] {
        switch storage {
        case .read(let batch, let index):
            batch.slots[index].headers.map { NativeHeaders(pointer: $0).copied } ?? []
        case .made(let record): record.headers
        }
    }

    /// The last header of this name, as the Java client and librdkafka look one up; nil if there is none.
    ///
    /// - Parameter name: Compared byte by byte.
    public func header(_ name: String) -> KafkaHeader? {
        headers.last { $0.key.utf8.elementsEqual(name.utf8) }
    }

    /// Lends each header in order, without a copy; a null value is nil.
    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        switch storage {
        case .read(let batch, let index):
            guard let headers = batch.slots[index].headers else { return }
            NativeHeaders(pointer: headers).forEachHeader(body)
        case .made(let record):
            for header in record.headers {
                let name = Array(header.key.utf8)
                if let value = header.value { body(name.span, value.span) } else { body(name.span, nil) }
            }
        }
    }
}
