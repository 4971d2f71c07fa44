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
        var wrongLines = 0
        var unreadableLines = 0
        var example: String?
    }

    private static let keys = [
        "timestamp", "level", "message", "service.name", "log.logger", "log.origin.file.line", "trace_id",
        "execution_id",
        "task_id",
    ]

    private let frames: Int
    private let state: Mutex<State>
    private let processTrace = LogContext.process.traceID?.description ?? LogContext.process.correlationID ?? "N/A"
    private let execution = LogContext.process.executionID ?? "N/A"

    init(frames: Int) {
        self.frames = frames
        state = Mutex(
            State(
                traces: Array(repeating: nil, count: frames),
                hasArrived: Array(repeating: false, count: frames)
            )
        )
    }

    var counts: Counts { state.withLock { $0.counts } }

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
    func printed(_ line: Data) {
        let object = (try? JSONSerialization.jsonObject(with: line)) as? [String: Any]
        state.withLock { state in
            state.counts.lines += 1
            guard let object, Self.keys.allSatisfy({ object[$0] != nil }) else {
                state.counts.unreadableLines += 1
                return
            }
            if isRight(object, state) { return }
            state.counts.wrongLines += 1
            if state.counts.example == nil { state.counts.example = String(decoding: line, as: UTF8.self) }
        }
    }

    private func isRight(_ line: [String: Any], _ state: borrowing State) -> Bool {
        guard let trace = line["trace_id"] as? String else { return false }
        guard let frame = (line["attributes"] as? [String: Any])?["frame"] as? Int else {
            return trace == processTrace || state.known.contains(trace)
        }
        guard state.traces.indices.contains(frame), let task = line["task_id"] as? String else { return false }
        let part = (line["log.logger"] as? String)?.split(separator: ".").last
        return trace == state.traces[frame] && line["execution_id"] as? String == execution
            && part == task.split(separator: "-").first
    }
}
