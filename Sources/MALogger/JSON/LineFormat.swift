internal import ContextLog

/// Writes an event as one line that ends with a line feed.
protocol LineFormat: Sendable, ~Copyable {
    /// Writes the line into the buffer of the event's thread, and returns its bytes. It may write them in front of the
    /// event's fields, which are then undefined until ``restore(_:)`` is called.
    ///
    /// A format renders labels, contexts and errors before it begins the line, because it renders them at the end of
    /// the buffer.
    func write(_ event: borrowing Log.Event) -> UnsafeBufferPointer<UInt8>

    /// Makes the event as it was before ``write(_:)``, for a caller that needs its fields again.
    func restore(_ event: borrowing Log.Event)
}
