/// A header of a list: an array of them is a ``HeaderCarrier``.
///
/// When to use it: for another client's type of header, as swift-kafka-client's `KafkaHeader`. A collection of headers
/// that is a type of its own conforms to ``HeaderCarrier`` itself.
public protocol HeaderEntry {
    /// A header of this name and value.
    init(headerName: String, headerValue: Span<UInt8>)

    /// Calls `body` once with the name and the value, which are lent for the time of the call; a null value is nil.
    func withHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void)
}

// Codecs call these through the protocol, which would take each element apart by its witnesses: ours is given code of
// its own.
extension Array: HeaderCarrier where Element: HeaderEntry {
    @_specialize(where Element == HeaderField)
    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        for header in self { header.withHeader(body) }
    }

    @_specialize(where Element == HeaderField)
    public mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {
        removeAll { header in
            var isMatch = false
            header.withHeader { name, _ in isMatch = matches(name) }
            return isMatch
        }
    }

    @_specialize(where Element == HeaderField)
    public mutating func appendHeader(name: String, value: Span<UInt8>) {
        append(Element(headerName: name, headerValue: value))
    }
}
