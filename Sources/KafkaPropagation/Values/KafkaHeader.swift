public import ContextPropagation

/// A header of a message: a name and a value. The value is bytes, possibly none, or nil.
///
/// A message may have several headers with the same name. Kafka keeps their order. Kafka compares names byte by byte,
/// so upper and lower case differ. Bytes of a name that are not UTF-8 are read as U+FFFD.
public struct KafkaHeader: Hashable, Sendable {
    /// The name. librdkafka reads a name only up to its first NUL.
    public var key: String

    /// The value. Nil is a null header, which differs from an empty value.
    public var value: [UInt8]?

    /// The value as text. Bytes that are not UTF-8 become U+FFFD.
    public var valueText: String? {
        value.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Makes a header whose value is bytes. Nil makes a null header.
    public init(key: String, value: (some Collection<UInt8>)?) {
        self.key = key
        self.value = value.map { Array($0) }
    }

    /// Makes a header whose value is the UTF-8 bytes of a text. Nil makes a null header.
    public init(key: String, value: String?) {
        self.key = key
        self.value = value.map { Array($0.utf8) }
    }
}

extension KafkaHeader: HeaderEntry {
    public init(headerName: String, headerValue: Span<UInt8>) {
        self.init(key: headerName, value: headerValue.withUnsafeBufferPointer { [UInt8]($0) })
    }

    public func withHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        if let value {
            body(key.utf8.span, value.span)
        } else {
            body(key.utf8.span, nil)
        }
    }
}
