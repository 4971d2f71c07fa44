public import Dispatch

extension DispatchQueue {
    /// Runs `work` once for each iteration, on several threads at once, and returns when all iterations have ended.
    /// Each iteration runs in the context of this call.
    ///
    /// When to use it: instead of `concurrentPerform`, which keeps the context only on the calling thread. Some of its
    /// iterations then have the right IDs and others have none. For asynchronous work use `fanOut`.
    ///
    ///     DispatchQueue.concurrentPerformPropagatingContext(iterations: tiles.count) { index in
    ///         log.debug("tile scaled") { $0.tile = index }
    ///     }
    ///
    /// - Parameters:
    ///   - iterations: The number of iterations. If it is 0 or less, nothing runs.
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    ///   - work: The code to run. It gets the number of the iteration, from 0.
    public static func concurrentPerformPropagatingContext(
        iterations: Int,
        fileID: StaticString = #fileID,
        line: UInt = #line,
        execute work: @Sendable (Int) -> Void
    ) {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        concurrentPerform(iterations: max(0, iterations)) { iteration in
            snapshot.run { work(iteration) }
        }
    }
}
