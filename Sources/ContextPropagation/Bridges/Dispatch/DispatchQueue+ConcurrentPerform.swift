public import Dispatch

extension DispatchQueue {
    /// Runs `work` once for each iteration, on several threads at once, each in the context of this call; returns when
    /// all have ended.
    ///
    /// When to use it: instead of `concurrentPerform`, which keeps the context on the calling thread alone, so that
    /// some iterations look right. For asynchronous work use `fanOut`.
    ///
    ///     DispatchQueue.concurrentPerformPropagatingContext(iterations: tiles.count) { index in
    ///         log.debug("tile scaled") { $0.tile = index }
    ///     }
    ///
    /// - Parameters:
    ///   - iterations: How many times; 0 or less is none.
    ///   - fileID: The place, which a leak check names; leave it out.
    ///   - line: The place, which a leak check names; leave it out.
    ///   - work: Gets the number of the iteration, from 0.
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
