// A dictionary has no order: of names that differ only in case, any one is read. An inject leaves one of them.
extension [String: String]: HeaderCarrier {
    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        for (name, value) in self { body(name.utf8.span, value.utf8.span) }
    }

    public mutating func removeHeaders(where matches: (_ name: Span<UInt8>) -> Bool) {
        // Without a match, the table is not copied.
        guard keys.contains(where: { matches($0.utf8.span) }) else { return }
        self = filter { !matches($0.key.utf8.span) }
    }

    public mutating func appendHeader(name: String, value: Span<UInt8>) {
        self[name] = value.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
