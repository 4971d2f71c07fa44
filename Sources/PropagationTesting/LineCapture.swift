internal import ContextLog
internal import ContextPropagation
import Synchronization

/// The lines of one test, while it runs: what ``withLineCapture(from:ofTrace:_:)-(_,_,(LineCapture)->Result)`` gives.
public final class LineCapture: Sendable {
    private struct State {
        var lines: [LoggedLine] = []
        /// Resolved and replaced at the next line, and at the end.
        var change = Promise<Void>()
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
            let (lines, hasEnded, change) = state.withLock { ($0.lines[seen...], $0.hasEnded, $0.change) }
            // Outside, or a line that it logs would be one more to look at, for ever.
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
