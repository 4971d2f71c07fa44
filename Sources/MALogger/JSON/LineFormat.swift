internal import ContextLog

/// Writes an event as one line that ends with a line feed.
protocol LineFormat: Sendable, ~Copyable {
    /// Appends the line to the buffer of the event's thread.
    ///
    /// A format renders labels, contexts and errors before it begins the line, because it renders them at the place of
    /// the line.
    func append(_ event: borrowing Log.Event)
}
