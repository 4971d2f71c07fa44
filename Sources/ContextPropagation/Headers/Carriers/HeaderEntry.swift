/// A header of a list. An array of such headers is a ``HeaderCarrier``.
///
/// Conform another client's type of header to it, such as swift-kafka-client's `KafkaHeader`. If that client's list of
/// headers is a separate type, conform the list to ``HeaderCarrier`` instead.
public protocol HeaderEntry {
    /// Makes a header of this name and value.
    init(headerName: String, headerValue: Span<UInt8>)

    /// Calls `body` once with the name and the value. Both are valid only during the call. A null value is nil.
    func withHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void)
}

// Codecs call these functions through the protocol, which would access each element through witnesses. The specialized
// forms avoid that for `HeaderField`.
extension Array: HeaderCarrier where Element: HeaderEntry {
    @_specialize(where Element == HeaderField)
    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        // Through the span, because an iterator and a pointer retain each element.
        let headers = span
        for index in headers.indices { headers[index].withHeader(body) }
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
