internal import ContextPropagation

extension KafkaRecord {
    /// The headers, copied, in order, with those that carried the trace.
    public var headers: [KafkaHeader] {
        batch.slots[index].headers.map { NativeHeaders(pointer: $0).copied } ?? []
    }

    /// The last header of this name, as the Java client and librdkafka look one up; nil where there is none.
    ///
    /// - Parameter name: Compared byte by byte.
    public func header(_ name: String) -> KafkaHeader? {
        headers.last { $0.key.utf8.elementsEqual(name.utf8) }
    }

    /// Lends each header in order, without a copy; a null value is nil.
    public func forEachHeader(_ body: (_ name: Span<UInt8>, _ value: Span<UInt8>?) -> Void) {
        guard let headers = batch.slots[index].headers else { return }
        NativeHeaders(pointer: headers).forEachHeader(body)
    }

    /// Runs `body` in the record's context, *replacing* the current one.
    public func withContext<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withLogContext(context, body)
    }

    /// Runs `body` in the record's context, *replacing* the current one. It runs on the caller's actor; child tasks
    /// that it starts inherit the context.
    public func withContext<Result, Failure: Error>(
        _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await withLogContext(context, body)
    }
}
