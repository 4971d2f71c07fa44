/// A header: a name, and bytes or null.
///
///     var headers: [HeaderField] = [HeaderField(name: "tenant", value: "north")]
///     HeaderCodecs.environment.inject(.current, into: &headers)
public struct HeaderField: Hashable, Sendable {
    /// The name, in any case.
    public var name: String
    /// The bytes of the value. Nil is a null value, which differs from an empty one.
    public var value: [UInt8]?

    /// Makes a header with these bytes, or with a null value.
    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// Makes a header with the UTF-8 bytes of a text.
    public init(name: String, value: String) {
        self.init(name: name, value: Array(value.utf8))
    }

    /// The value as text. Bytes that are not UTF-8 become U+FFFD.
    public var text: String? {
        value.map { String(decoding: $0, as: UTF8.self) }
    }
}

extension HeaderField: HeaderEntry {
    public init(headerName: String, headerValue: Span<UInt8>) {
        self.init(name: headerName, value: headerValue.withUnsafeBufferPointer { [UInt8]($0) })
    }

    public func withHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        // Through pointers, because a span of a property retains its text or its array.
        let isLent: Void? = name.utf8.withContiguousStorageIfAvailable { name in
            value.withBytes { value in
                if let value { body(name.span, value.span) } else { body(name.span, nil) }
            }
        }
        if isLent == nil { lendCopy(body) }
    }
}

extension HeaderField {
    /// A name from another system's string has no bytes in place.
    @inline(never)
    private func lendCopy(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        if let value { body(name.utf8.span, value.span) } else { body(name.utf8.span, nil) }
    }
}

extension [UInt8]? {
    @inline(__always)
    fileprivate func withBytes(_ body: (UnsafeBufferPointer<UInt8>?) -> Void) {
        switch self {
        case .some(let bytes): bytes.withUnsafeBufferPointer { body($0) }
        case .none: body(nil)
        }
    }
}
