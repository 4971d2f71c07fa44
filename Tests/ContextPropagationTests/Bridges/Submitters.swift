import ContextPropagation
import Testing

extension Bridge: CustomTestStringConvertible {
    var testDescription: String { rawValue }
}

/// What `submit` has run elsewhere sees as its context.
func contextSeen(_ submit: (@escaping @Sendable () -> Void) -> Void) async -> LogContext {
    await withCheckedContinuation { continuation in
        submit { continuation.resume(returning: LogContext.current) }
    }
}

extension LogContext {
    /// A context that no other test has.
    static func unique(_ taskID: String = "submitter") -> LogContext { .newTrace(taskID: taskID) }

    var isProcess: Bool { storage === LogContext.process.storage }
}
