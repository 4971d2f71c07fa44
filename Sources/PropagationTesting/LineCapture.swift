internal import ContextLog
import Synchronization

/// The lines of one test, while it runs: what ``withLineCapture(from:ofTrace:_:)-(_,_,(LineCapture)->Result)`` gives.
public final class LineCapture: Sendable {
    private struct State {
        var lines: [LoggedLine] = []
        /// Who waits for one more line.
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// What was captured so far.
    public var lines: LoggedLines { LoggedLines(state.withLock { $0.lines }) }

    /// The first line that `matches`, as soon as it is logged; one that is there already counts. Nil when the capture
    /// has ended or the calling task is cancelled before that.
    ///
    /// - Parameter matches: Runs in the calling task, for one line after the other; what it logs is not captured.
    public func line(where matches: @escaping @Sendable (LoggedLine) -> Bool) async -> LoggedLine? {
        var seen = 0
        while true {
            let (lines, hasEnded) = state.withLock { ($0.lines[seen...], $0.hasEnded) }
            // Outside, or a line that it logs would be one more to look at, for ever.
            if let line = LogCapture.outside({ lines.first(where: matches) }) { return line }
            seen = lines.endIndex
            if hasEnded || Task.isCancelled { return nil }
            await waitForLine(beyond: seen)
        }
    }

    /// Suspends until there are more lines than `count`, the capture ends or the task is cancelled.
    private func waitForLine(beyond count: Int) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // The line, or the cancellation, may have come before this.
                    if state.lines.count > count || state.hasEnded || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }

    func add(_ line: LoggedLine) {
        wake { $0.lines.append(line) }
    }

    func end() {
        wake { $0.hasEnded = true }
    }

    private func wake(after change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for continuation in waiters { continuation.resume() }
    }
}
