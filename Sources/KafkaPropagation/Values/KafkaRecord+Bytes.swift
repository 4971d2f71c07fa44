extension KafkaRecord {
    /// A copy of the key; nil if there is none. ``withKey(_:)`` reads the key without a copy.
    public var key: [UInt8]? { withKey(Self.copied) }

    /// A copy of the value; nil for a tombstone, which differs from an empty value. ``withValue(_:)`` reads the value
    /// without a copy.
    public var value: [UInt8]? { withValue(Self.copied) }

    /// The key as text; nil if there is no key or if it is not UTF-8.
    public var keyText: String? { withKey(Self.text) }

    /// The value as text; nil for a tombstone or if the value is not UTF-8.
    public var valueText: String? { withValue(Self.text) }

    /// Whether the value is nil. In a compacted topic, such a record deletes the value of its key.
    public var isTombstone: Bool { withValue { $0 == nil } }

    /// Calls `body` with the bytes of the key, without a copy. `body` gets nil if there is no key.
    public func withKey<Result, Failure: Error>(
        _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch storage {
        case .read(let batch, let index):
            return try Self.lend(batch.slots[index].key, batch.slots[index].keyCount, body)
        case .made(let record):
            guard let key = record.key else { return try body(nil) }
            return try body(key.span)
        }
    }

    /// Calls `body` with the bytes of the value, without a copy. `body` gets nil for a tombstone. When to use it: to
    /// decode a value.
    ///
    ///     let frame = try record.withValue { bytes in try bytes.map { try Frame(decoding: $0) } }
    public func withValue<Result, Failure: Error>(
        _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch storage {
        case .read(let batch, let index):
            return try Self.lend(batch.slots[index].value, batch.slots[index].valueCount, body)
        case .made(let record):
            guard let value = record.value else { return try body(nil) }
            return try body(value.span)
        }
    }

    /// Decodes the value without a copy. Returns nil for a tombstone.
    ///
    ///     let frame = try record.decodeValue { bytes in try Frame(decoding: bytes) }
    ///
    /// - Parameter decode: Decodes the bytes. They are valid only during this call.
    /// - Throws: The error of `decode`.
    public func decodeValue<Value, Failure: Error>(
        _ decode: (Span<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value? {
        try withValue { (bytes: Span<UInt8>?) throws(Failure) -> Value? in
            guard let bytes else { return nil }
            return try decode(bytes)
        }
    }

    private static func lend<Result, Failure: Error>(
        _ start: UnsafeMutableRawPointer?,
        _ count: Int,
        _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let start else { return try body(nil) }
        let bytes = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
        return try body(bytes.span)
    }

    private static func copied(_ span: Span<UInt8>?) -> [UInt8]? {
        guard let span else { return nil }
        return span.withUnsafeBufferPointer { Array($0) }
    }

    private static func text(_ span: Span<UInt8>?) -> String? {
        guard let span else { return nil }
        return span.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
    }
}
