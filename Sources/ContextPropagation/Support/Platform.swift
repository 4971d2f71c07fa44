internal import CMALoggerShims

/// Functions of the C library that several modules need. No other file imports the C library for them.
package enum Platform {
    /// Returns a variable of the process's environment, or nil if it is not set.
    package static func environmentVariable(_ name: String) -> String? {
        malogc_environment_variable(name).map { String(cString: $0) }
    }

    /// Returns the bytes of an environment variable, which may be invalid UTF-8, or nil if it is not set.
    package static func environmentBytes(_ name: String) -> [UInt8]? {
        guard let value = malogc_environment_variable(name) else { return nil }
        var count = 0
        while value[count] != 0 { count += 1 }
        return UnsafeRawBufferPointer(start: value, count: count).map { $0 }
    }

    /// The time since 1970-01-01T00:00:00Z in UTC: whole seconds, and the rest in nanoseconds.
    package static var timeSinceEpoch: (seconds: Int, nanoseconds: Int) {
        var now = malogc_moment()
        malogc_read_clock(&now)
        return (Int(now.seconds), Int(now.nanoseconds))
    }

    /// Runs `body` when the process ends with `exit` or a return from `main`, but not in a forked child. The function
    /// that was set last runs first.
    package static func atExit(_ body: @convention(c) () -> Void) {
        malogc_at_exit(body)
    }

    /// Blocks the calling thread.
    package static func sleep(milliseconds: UInt32) {
        malogc_sleep(milliseconds)
    }

    /// The number of processors that are online, at least 1.
    package static let processorCount = Int(malogc_processor_count())

    /// The system's text for an error number.
    package static func text(ofError number: Int32) -> String {
        var text = [CChar](repeating: 0, count: 256)
        malogc_error_text(number, &text, text.count)
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "error \(number)" }
    }

    /// The number of this process. A forked child has another one.
    package static var processID: Int32 { malogc_process_id() }

    /// A number that identifies the calling thread among the running threads.
    package static var currentThread: UInt { malogc_current_thread() }

    /// A number that identifies the running task among all tasks of the process, including those that have ended; nil
    /// outside of tasks.
    ///
    /// `UnsafeCurrentTask` compares addresses, and a new task can get the address of one that has ended.
    package static var currentTask: UInt64? {
        let number = malogc_current_task()
        return number == 0 ? nil : number
    }

    /// ``currentTask``, and whether it was cancelled. `Task.isCancelled` costs a reference count and a second look-up
    /// of the task.
    package static var currentTaskAndCancellation: (task: UInt64?, isCancelled: Bool) {
        var isCancelled = false
        let number = malogc_current_task_and_cancellation(&isCancelled)
        return (number == 0 ? nil : number, isCancelled)
    }
}
