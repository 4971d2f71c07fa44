internal import CRDKafka

extension KafkaRecord {
    /// The key, copied; nil if there is none. ``withKey(_:)`` copies nothing.
    public var key: [UInt8]? { withKey(Self.copied) }

    /// The value, copied; nil for a tombstone, which is not the same as an empty value. ``withValue(_:)`` copies
    /// nothing.
    public var value: [UInt8]? { withValue(Self.copied) }

    /// The key as text; nil if there is none, or if it is not UTF-8.
    public var keyText: String? { withKey(Self.text) }

    /// The value as text; nil for a tombstone, or if it is not UTF-8.
    public var valueText: String? { withValue(Self.text) }

    /// Whether the value is nil. In a compacted topic, that deletes the value of the key.
    public var isTombstone: Bool { withValue { $0 == nil } }

    /// Lends the key's bytes to `body`; nil if there is no key.
    public func withKey<Result, Failure: Error>(
        _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch storage {
        case .read(let batch, let index):
            let message = batch.slots[index].message.pointee
            return try Self.lend(message.key, message.key_len, body)
        case .made(let record):
            guard let key = record.key else { return try body(nil) }
            return try body(key.span)
        }
    }

    /// Lends the value's bytes to `body`, for example to decode them without a copy; nil for a tombstone.
    ///
    ///     let frame = try record.withValue { bytes in try bytes.map { try Frame(decoding: $0) } }
    public func withValue<Result, Failure: Error>(
        _ body: (Span<UInt8>?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch storage {
        case .read(let batch, let index):
            let message = batch.slots[index].message.pointee
            return try Self.lend(message.payload, message.len, body)
        case .made(let record):
            guard let value = record.value else { return try body(nil) }
            return try body(value.span)
        }
    }

    /// Decodes the value without a copy; nil for a tombstone.
    ///
    ///     let frame = try record.decodeValue { bytes in try Frame(decoding: bytes) }
    ///
    /// - Parameter decode: Reads the bytes, which are gone when it returns.
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
