/// An error that knows where it was thrown. A line about it has that as `exception.stacktrace`.
public protocol StackTraceProviding: Error {
    /// The frames, in whatever form the platform gives; nil where none was taken.
    var stackTrace: String? { get }
}
