/// An error that knows where it was thrown. A line that reports it has the frames as `exception.stacktrace`.
public protocol StackTraceProviding: Error {
    /// The frames, in the form of the platform. It is nil if none were recorded.
    var stackTrace: String? { get }
}
