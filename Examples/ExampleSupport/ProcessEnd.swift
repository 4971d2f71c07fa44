import Foundation
import Synchronization

/// The end of an example's process.
public enum ProcessEnd {
    private static let last = Mutex<(@Sendable () -> Int32)?>(nil)

    /// Runs a closure as the last code of the process, and uses its result as the exit status.
    ///
    /// Call it before all code that registers exit handlers, because handlers run in reverse order. The closure then
    /// sees every line that those handlers write.
    public static func runLast(_ body: @escaping @Sendable () -> Int32) {
        last.withLock { $0 = body }
        atexit {
            guard let body = ProcessEnd.last.withLock({ $0 }) else { return }
            let status = body()
            fflush(nil)
            _exit(status)
        }
    }
}
