import Synchronization

/// The lines of one test, while it runs: what ``withLineCapture(from:ofTrace:_:)-(_,_,(LineCapture)->Result)`` gives.
public final class LineCapture: Sendable {
    private struct Waiter {
        let matches: @Sendable (LoggedLine) -> Bool
        let continuation: CheckedContinuation<LoggedLine?, Never>
    }

    private struct State {
        var lines: [LoggedLine] = []
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// What was captured so far.
    public var lines: LoggedLines { LoggedLines(state.withLock { $0.lines }) }

    /// The first line that `matches`, as soon as it is logged; one that is there already counts. Nil when the capture has ended
    /// or the calling task is cancelled before that.
    public func line(where matches: @escaping @Sendable (LoggedLine) -> Bool) async -> LoggedLine? {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait(number, Waiter(matches: matches, continuation: continuation))
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume(returning: nil)
        }
    }

    private func wait(_ number: Int, _ waiter: Waiter) {
        let (line, isOver) = state.withLock { state -> (LoggedLine?, Bool) in
            if let line = state.lines.first(where: waiter.matches) { return (line, true) }
            // The cancellation may have come before the waiter did.
            if state.hasEnded || Task.isCancelled { return (nil, true) }
            state.waiters[number] = waiter
            return (nil, false)
        }
        if isOver { waiter.continuation.resume(returning: line) }
    }

    func add(_ line: LoggedLine) {
        let due = state.withLock { state in
            state.lines.append(line)
            let due = state.waiters.filter { $0.value.matches(line) }
            for number in due.keys { state.waiters[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume(returning: line) }
    }

    func end() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [:] }
            return state.waiters.values.map(\.continuation)
        }
        for continuation in waiters { continuation.resume(returning: nil) }
    }
}
