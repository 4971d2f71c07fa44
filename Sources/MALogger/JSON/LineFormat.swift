internal import ContextLog

/// How one event becomes one line, ended by a line feed.
protocol LineFormat: Sendable {
    /// Appends the line to the buffer of the event's thread. Whatever has to be rendered for it - a label, a context, an
    /// error - is rendered before the line begins: the line grows where such bytes would.
    func append(_ event: borrowing Log.Event)
}
