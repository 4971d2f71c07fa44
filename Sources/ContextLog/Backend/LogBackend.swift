/// Where lines go. There is one in a process; module MALogger has the one that `setupLogging()` installs.
///
/// A backend is called on the thread that logs, many threads at once, in the context of the line. It may itself log: its
/// lines come back to it, so it must know its own.
public protocol LogBackend: AnyObject, Sendable {
    /// Takes one line. The event is lent: what is needed later is copied.
    func log(_ event: borrowing Log.Event)
}
