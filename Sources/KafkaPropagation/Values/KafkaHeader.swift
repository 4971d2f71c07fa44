public import ContextPropagation

/// A header of a message: a name, and bytes, no bytes, or nil.
///
/// A name may stand more than once, and the order is kept. Names are bytes to Kafka: upper and lower case differ. A
/// name that is not UTF-8 has U+FFFD here.
public struct KafkaHeader: Hashable, Sendable {
    /// The name.
    public var key: String

    /// The bytes; nil is a null header, which is not the same as an empty one.
    public var value: [UInt8]?

    /// A header of bytes.
    public init(key: String, value: (some Collection<UInt8>)?) {
        self.key = key
        self.value = value.map { Array($0) }
    }

    /// A header of text, as UTF-8; nil is a null header.
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
