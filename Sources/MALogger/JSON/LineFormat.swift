internal import ContextLog

/// Writes an event as one line that ends with a line feed.
protocol LineFormat: Sendable, ~Copyable {
    /// Writes the line into the buffer of the event's thread, and returns its bytes. It may write them in front of the
    /// event's fields, which are then undefined until ``restore(_:)`` is called.
    ///
    /// A format renders labels, contexts and errors before it begins the line, because it renders them at the end of
    /// the buffer.
    func write(_ event: borrowing Log.Event) -> UnsafeBufferPointer<UInt8>

    /// Restores the event to its state before ``write(_:)``, for a caller that needs its fields again.
    func restore(_ event: borrowing Log.Event)
}

/// Formats that write a line elsewhere first. ``LineFormat/restore(_:)`` then only removes the line.
extension LineFormat where Self: ~Copyable {
    func restore(_ event: borrowing Log.Event) {
        event.record.pointee.buffer.pointee.bytes.count = event.record.pointee.fieldsEnd
    }
}

extension Log.Event {
    /// Copies a finished line behind the event's fields.
    func place(_ line: borrowing ByteWriter) -> UnsafeBufferPointer<UInt8> {
        let buffer = record.pointee.buffer
        let start = buffer.pointee.bytes.count
        buffer.pointee.bytes.append(line.base, line.count)
        return UnsafeBufferPointer(start: buffer.pointee.bytes.base + start, count: line.count)
    }
}
