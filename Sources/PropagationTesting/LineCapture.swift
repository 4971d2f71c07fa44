internal import ContextLog
internal import ContextPropagation
import Synchronization

/// The lines that a test has captured so far, from
/// `withLineCapture(_:)`.
public final class LineCapture: Sendable {
    private struct State {
        var lines: [LoggedLine] = []
        /// Resolved and replaced at the next line, and at the end.
        var change = Promise<Void>()
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// The lines that were captured so far.
    public var lines: LoggedLines { LoggedLines(state.withLock { $0.lines }) }

    /// Waits for the first line that `matches`, and returns it. Lines that were logged before the call count, too.
    ///
    /// - Parameter matches: Called in the calling task, for one line after the other. The lines that it logs itself are
    ///   not captured.
    /// - Returns: The line, or nil if the capture ends or the calling task is cancelled before there is one.
    public func line(where matches: @escaping @Sendable (LoggedLine) -> Bool) async -> LoggedLine? {
        var seen = 0
        while true {
            let (lines, hasEnded, change) = state.withLock { ($0.lines[seen...], $0.hasEnded, $0.change) }
            // This runs outside of the capture. A line that `matches` logs would otherwise be tested next, without end.
            if let line = LogCapture.outside({ lines.first(where: matches) }) { return line }
            seen = lines.endIndex
            if hasEnded { return nil }
            guard await change.valueUnlessCancelled != nil else { return nil }
        }
    }

    func add(_ line: LoggedLine) {
        wake { $0.lines.append(line) }
    }

    func end() {
        wake { $0.hasEnded = true }
    }

    private func wake(after update: (inout State) -> Void) {
        let change = state.withLock { state in
            update(&state)
            defer { state.change = Promise() }
            return state.change
        }
        change.resolve(())
    }
}
