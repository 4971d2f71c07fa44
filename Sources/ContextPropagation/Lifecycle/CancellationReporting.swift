/// An error type that can say that a task was cancelled, for functions whose typed errors leave no place for
/// `CancellationError`.
package protocol CancellationReporting: Error {
    /// Whether this error says that the task was cancelled.
    var isCancellation: Bool { get }
}

extension Error {
    /// Whether this error says that the task was cancelled.
    package var isCancellation: Bool {
        self is CancellationError || (self as? any CancellationReporting)?.isCancellation == true
    }
}
