/// A header as a value: a name, and bytes or null.
///
///     var headers: [HeaderField] = [HeaderField(name: "tenant", value: "north")]
///     HeaderCodecs.environment.inject(.current, into: &headers)
public struct HeaderField: Hashable, Sendable {
    public var name: String
    /// Nil is null, which is not the same as empty.
    public var value: [UInt8]?

    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    public init(name: String, value: String) {
        self.init(name: name, value: Array(value.utf8))
    }

    /// The value as text, for people: bytes that are not UTF-8 become U+FFFD.
    public var text: String? {
        value.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension [HeaderField]: HeaderCarrier {
    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        for field in self {
            if let value = field.value {
                body(field.name.utf8.span, value.span)
            } else {
                body(field.name.utf8.span, nil)
            }
        }
    }

    public mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {
        removeAll { matches($0.name.utf8.span) }
    }

    public mutating func appendHeader(name: String, value: Span<UInt8>) {
        append(HeaderField(name: name, value: value.withUnsafeBufferPointer { [UInt8]($0) }))
    }
}
