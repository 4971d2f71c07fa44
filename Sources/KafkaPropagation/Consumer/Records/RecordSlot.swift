internal import CMALoggerRDKafka
internal import ContextPropagation
internal import Synchronization

/// One record of a ``RecordBatch``.
struct RecordSlot: ~Copyable {
    let offset: Int
    /// The index of the record's partition in the batch's `partitions`.
    let partition: Int
    /// Nil if there is no key. An empty key has an address.
    let key: UnsafeMutableRawPointer?
    let keyCount: Int
    /// Nil for a tombstone. An empty value has an address.
    let value: UnsafeMutableRawPointer?
    let valueCount: Int
    let headers: HeaderBytes
    /// In milliseconds since 1970; nil if the broker does not report it.
    let timestamp: Int64?
    let timestampType: KafkaTimestamp.Kind
    /// The storage of the context, with one reference that the slot owns; nil until the context is needed.
    private let contextStorage = Atomic<UnsafeRawPointer?>(nil)

    /// - Parameters:
    ///   - message: The record's message, whose headers this reads.
    ///   - partition: The index of its partition.
    ///   - copiesBytes: Whether the key and the value are copied. Otherwise the message must outlive the slot.
    ///   - memory: Provides memory for the headers and the copied bytes. It is freed after the slot.
    @inline(__always)
    init(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>,
        partition: Int,
        copiesBytes: Bool,
        to memory: inout BatchMemory
    ) {
        offset = Int(message.pointee.offset)
        self.partition = partition
        keyCount = message.pointee.key_len
        valueCount = message.pointee.len
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(message, &type)
        timestamp = type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && milliseconds >= 0 ? milliseconds : nil
        timestampType = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? .logAppendTime : .createTime

        var list: OpaquePointer?
        if rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR { list = nil }
        headers = list.map { HeaderBytes(copying: NativeHeaders(pointer: $0), to: &memory) } ?? HeaderBytes()
        if copiesBytes {
            let bytes = memory.reserve(keyCount + valueCount)
            key = Self.copy(message.pointee.key, keyCount, to: bytes)
            value = Self.copy(message.pointee.payload, valueCount, to: bytes + keyCount)
        } else {
            key = message.pointee.key
            value = message.pointee.payload
        }
    }

    private static func copy(
        _ source: UnsafeMutableRawPointer?,
        _ count: Int,
        to memory: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer? {
        guard let source else { return nil }
        memory.copyMemory(from: source, byteCount: count)
        return memory
    }

    /// The context; nil until it was set.
    var context: LogContext? { contextStorage.load(ordering: .acquiring).map(Self.context) }

    /// Sets the context, unless another thread has set one.
    ///
    /// - Parameter context: The context to set. Afterwards it is the context of the record.
    /// - Returns: Whether this call has set it.
    @inline(__always)
    borrowing func setContext(_ context: inout LogContext) -> Bool {
        let storage = UnsafeRawPointer(Unmanaged.passRetained(context.storage).toOpaque())
        let (isFirst, other) = contextStorage.compareExchange(
            expected: nil,
            desired: storage,
            ordering: .acquiringAndReleasing
        )
        if isFirst { return true }
        Unmanaged<LogContext.Storage>.fromOpaque(storage).release()
        if let other { context = Self.context(other) }
        return false
    }

    /// Call it once, when nobody reads the slot any more.
    borrowing func releaseContext() {
        guard let storage = contextStorage.load(ordering: .acquiring) else { return }
        Unmanaged<LogContext.Storage>.fromOpaque(storage).release()
    }

    private static func context(_ storage: UnsafeRawPointer) -> LogContext {
        LogContext(storage: Unmanaged<LogContext.Storage>.fromOpaque(storage).takeUnretainedValue())
    }
}
