/// A list of headers that a ``HeaderCodec`` reads a context from and writes one into: those of a Kafka record, of a
/// request, of an environment.
///
/// Headers have an order, a name may stand more than once, and a value may be null. To let codecs work on another
/// client's headers conform its list; where that is an array, conform its elements to ``HeaderEntry``. Nothing is
/// copied unless the list itself does.
public protocol HeaderCarrier {
    /// Calls `body` with each header, in order. Both spans are lent for the time of the call; a null value is nil.
    func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void)

    /// Takes out every header whose name `matches`; the others stay as they are, in order.
    mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool)

    /// Adds a header behind those that are there.
    mutating func appendHeader(name: String, value: Span<UInt8>)
}
