/// Receives the lines of the process. ``Log/install(_:)`` installs one; `setupLogging()` of the module MALogger does
/// it.
///
/// Many threads call a backend at the same time. Each call is on the thread that logs, in the context of the line. A
/// backend may log: its own lines come back to it, so it must recognize them.
public protocol LogBackend: AnyObject, Sendable {
    /// Receives one line.
    ///
    /// - Parameter event: The line. It is valid only during the call, so copy everything that you need later.
    func log(_ event: borrowing Log.Event)
}
