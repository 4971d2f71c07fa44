import ContextPropagation

/// Returns the context in which `submit` runs the given work.
package func contextSeen(_ submit: (@escaping @Sendable () -> Void) -> Void) async -> LogContext {
    await withCheckedContinuation { continuation in
        submit { continuation.resume(returning: LogContext.current) }
    }
}

extension LogContext {
    /// Makes a context that no other test has.
    package static func unique(_ taskID: String = "submitter") -> LogContext { .newTrace(taskID: taskID) }

    package var isProcess: Bool { storage === LogContext.process.storage }
}
