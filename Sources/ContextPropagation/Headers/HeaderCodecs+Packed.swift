extension HeaderCodecs {
    /// The longest baggage, in bytes, of a context that keeps its headers. Every other header is short.
    private static let packedBaggageLimit = 2048

    /// The headers that ``inject(_:into:)`` appends for `context`, from the second call for the same context on; nil if
    /// the context does not keep them.
    ///
    /// A context keeps them only for the package's own formats, because a custom codec may write something else each
    /// time. It keeps them once for each list of formats, however many `HeaderCodecs` have that list.
    @inline(__always)
    package func packedHeaders(of context: LogContext) -> PackedHeaders? {
        guard let packingKey else { return nil }
        return context.storage.injections.headers(for: packingKey) ?? pack(context, packingKey)
    }

    @inline(never)
    private func pack(_ context: LogContext, _ key: RenderingKey) -> PackedHeaders? {
        guard context.storage.injections.noteInjection() else { return nil }
        if let baggage = context.baggage, baggage.headerValue.utf8.count > Self.packedBaggageLimit { return nil }
        var packed = PackingCarrier()
        inject(context, into: &packed)
        return context.storage.injections.keep(packed, for: key)
    }

    /// Returns the key of a list of formats: four bits for each format, behind the bit for the execution. A list that
    /// does not fit has none.
    static func packingKey(_ formats: [HeaderFormat], sendsExecution: Bool) -> RenderingKey? {
        let bits = 4
        guard HeaderFormat.Kind.allCases.count <= 1 << bits, formats.count * bits + 2 <= UInt.bitWidth else {
            return nil
        }
        return RenderingKey(
            number: formats.reduce(sendsExecution ? 3 : 2) { $0 << UInt(bits) | UInt($1.kind.rawValue) }
        )
    }
}
