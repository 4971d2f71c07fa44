/// A list of headers that a ``HeaderCodec`` reads a context from and writes a context into: the headers of a Kafka
/// record or of a request, or the variables of an environment.
///
/// Headers have an order, a name can appear more than once, and a value can be null. To use codecs with another
/// client's headers, conform the type of its list. If the list is an array, conform the type of its elements to
/// ``HeaderEntry`` instead. A dictionary of texts conforms already; put one with other values, such as
/// `[String: [String]]`, into a struct that conforms. Codecs copy nothing that the list itself does not copy.
///
/// Names are written in lower case, except for `X-Amzn-Trace-Id` and `X-B3-…`. A list whose names must be in lower
/// case, as those of gRPC, changes them in ``appendHeader(name:value:)``.
public protocol HeaderCarrier {
    /// Calls `body` with each header, in order. Both spans are valid only during the call. A null value is nil.
    func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void)

    /// Removes every header whose name `matches`. The others stay unchanged, in order.
    mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool)

    /// Adds a header at the end.
    mutating func appendHeader(name: String, value: Span<UInt8>)
}
