internal import ContextPropagation

extension KafkaRecord {
    /// A copy of the headers in their order, including the headers that carried the trace.
    public var headers: [KafkaHeader] {
        switch storage {
        case .read(let batch, let index):
            batch.slots[index].headers.list
        case .made(let record): record.headers
        }
    }

    /// Returns the last header with this name, as the Java client and librdkafka do; nil if there is none.
    ///
    /// - Parameter name: The name. It is compared byte by byte.
    public func header(_ name: String) -> KafkaHeader? {
        headers.last { $0.key.utf8.elementsEqual(name.utf8) }
    }

    /// Calls `body` with each header in order, without a copy. A null value is nil.
    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        switch storage {
        case .read(let batch, let index):
            batch.slots[index].headers.forEachHeader(body)
        case .made(let record):
            for header in record.headers { header.withHeader(body) }
        }
    }
}
