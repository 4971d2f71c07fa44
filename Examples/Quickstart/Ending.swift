import ExampleSupport
import Foundation
import Synchronization

/// The last part of the run: it reads the lines, and shows the result.
final class Ending: Sendable {
    private struct State {
        var watched: WatchedOutput?
        var filed: FiledOutput?
        var failure: (any Error)?
        var broker: Broker?
    }

    private let check: SelfCheck
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    init(_ check: SelfCheck) {
        self.check = check
    }

    /// Gets hold of the lines of standard output, so that they can be checked.
    func takeOutput() throws {
        if check.plan.isScreen {
            let filed = try FiledOutput("quickstart")
            state.withLock { $0.filed = filed }
        } else if check.plan.obstacle == nil {
            let watched = try WatchedOutput { [check] in check.printed($0) }
            state.withLock { $0.watched = watched }
        }
    }

    /// Keeps the broker until the process has ended. If the embedded broker ended earlier, the clients would log that
    /// they lost it, perhaps after the lines were counted.
    func keep(_ broker: Broker) {
        state.withLock { $0.broker = broker }
    }

    /// Notes the error that ended the run early.
    func fail(_ error: any Error) {
        state.withLock { $0.failure = error }
    }

    /// Shows the result, and returns the exit status.
    func finish() -> Int32 {
        let time = ContinuousClock.now - began
        let (watched, filed, failure) = state.withLock { ($0.watched, $0.filed, $0.failure) }
        watched?.finish()
        let trace = filed.flatMap { show($0) }
        StandardError.write(check.summary(in: time, failure: failure))
        if let filed { StandardError.write("quickstart: all lines are in \(filed.path)\n") }
        if let filed, let trace { StandardError.write("quickstart: grep \(trace) \(filed.path)\n") }
        return failure == nil && check.isClean ? 0 : 1
    }

    /// Shows the tables, and returns the trace of the frame in the first one.
    private func show(_ filed: FiledOutput) -> String? {
        var screen = Screen(check)
        filed.finish { text in screen.add(check.printed(text)) }
        let style = TableStyle(columns: StandardOutput.columns ?? 80, hasColours: StandardOutput.hasColours)
        StandardOutput.write(screen.text(style))
        return (screen.life ?? screen.bareLife)?.trace
    }
}
