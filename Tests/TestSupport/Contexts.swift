import ContextPropagation

/// The context that `submit` gives to the work that it runs elsewhere.
package func contextSeen(_ submit: (@escaping @Sendable () -> Void) -> Void) async -> LogContext {
    await withCheckedContinuation { continuation in
        submit { continuation.resume(returning: LogContext.current) }
    }
}

extension LogContext {
    /// A context that no other test has.
    package static func unique(_ taskID: String = "submitter") -> LogContext { .newTrace(taskID: taskID) }

    package var isProcess: Bool { storage === LogContext.process.storage }
}
