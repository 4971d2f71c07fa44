/// An error type that can report that a task was cancelled. It is for functions with typed errors, which cannot throw
/// `CancellationError`.
package protocol CancellationReporting: Error {
    /// Whether this error reports that the task was cancelled.
    var isCancellation: Bool { get }
}

extension Error {
    /// Whether this error reports that the task was cancelled.
    package var isCancellation: Bool {
        self is CancellationError || (self as? any CancellationReporting)?.isCancellation == true
    }
}
