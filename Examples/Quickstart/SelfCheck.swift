import ContextPropagation
import Foundation
import Synchronization

/// Checks the IDs of everything that the run sends, reads and prints.
///
/// It notes the trace of each frame when the frame is sent. A record is right if its context and its value have that
/// trace. A line about a frame is right if it has that trace, the execution of the process and the task of its part of
/// the program. Every other line must have one of those traces or the trace of the process.
final class SelfCheck: Sendable {
    private struct State {
        var traces: [String?]
        var known: Set<String> = []
        var hasArrived: [Bool]
        var counts = Counts()
    }

    struct Counts {
        var arrived = 0
        var records = 0
        var wrongRecords = 0
        var lines = 0
        /// The lines about a frame.
        var frameLines = 0
        var wrongLines = 0
        /// The lines of the frame without the bridge that lost their ID, as they must.
        var lostLines = 0
        var unreadableLines = 0
        /// The spans among the lines.
        var spans = 0
        var example: String?
    }

    let plan: QuickstartPlan
    private let state: Mutex<State>
    private let processTrace = LogContext.process.traceID?.description ?? LogContext.process.correlationID ?? "N/A"
    private let execution = LogContext.process.executionID ?? "N/A"

    init(_ plan: QuickstartPlan) {
        self.plan = plan
        state = Mutex(
            State(
                traces: Array(repeating: nil, count: plan.frames),
                hasArrived: Array(repeating: false, count: plan.frames)
            )
        )
    }

    var counts: Counts { state.withLock { $0.counts } }

    /// The trace in which a frame was sent, or nil if it was not sent.
    func trace(of frame: Int) -> String? {
        state.withLock { $0.traces.indices.contains(frame) ? $0.traces[frame] : nil }
    }

    /// Notes that a frame is about to be sent in this trace.
    func sending(_ frame: Int, in trace: String) {
        state.withLock { state in
            state.traces[frame] = trace
            state.known.insert(trace)
        }
    }

    /// Checks the record of a frame that was read in the current context.
    func read(_ frame: Frame) {
        let trace = LogContext.current.traceID?.description
        state.withLock { state in
            state.counts.records += 1
            let sent = state.traces.indices.contains(frame.frame) ? state.traces[frame.frame] : nil
            if sent == nil || sent != trace || sent != frame.trace { state.counts.wrongRecords += 1 }
        }
    }

    /// Notes that a frame has arrived at the archive.
    func arrived(_ frame: Frame) {
        state.withLock { state in
            guard state.hasArrived.indices.contains(frame.frame), !state.hasArrived[frame.frame] else { return }
            state.hasArrived[frame.frame] = true
            state.counts.arrived += 1
        }
    }

    /// Checks a printed line.
    ///
    /// - Returns: The parts of the line, or nil if it is not a log line.
    @discardableResult
    func printed(_ text: Data) -> LoggedLine? {
        let line = LoggedLine(text)
        state.withLock { state in
            state.counts.lines += 1
            guard let line else {
                if LoggedLine.isSpan(text) { state.counts.spans += 1 } else { state.counts.unreadableLines += 1 }
                return
            }
            if line.frame != nil { state.counts.frameLines += 1 }
            if isRight(line, state) { return }
            if plan.expectsLoss, let frame = line.frame, plan.bareFrames.contains(frame) {
                state.counts.lostLines += 1
                return
            }
            state.counts.wrongLines += 1
            if state.counts.example == nil { state.counts.example = String(decoding: text, as: UTF8.self) }
        }
        return line
    }

    private func isRight(_ line: LoggedLine, _ state: borrowing State) -> Bool {
        guard let frame = line.frame else { return line.trace == processTrace || state.known.contains(line.trace) }
        guard state.traces.indices.contains(frame) else { return false }
        let part = line.logger.split(separator: ".").last
        return line.trace == state.traces[frame] && line.execution == execution
            && part == line.task.split(separator: "-").first
    }
}
