import Foundation
import Synchronization

/// Waits that end on time. `Task.sleep` may take a millisecond longer, and so measures itself.
final class TimerQueue: Sendable {
    private struct Waiting {
        let due: UInt64
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        /// By due time: all waits have the same length, so later ones end later.
        var waiting: [Waiting] = []
        var first = 0
    }

    private let length: UInt64
    private let state = Mutex(State())
    private let added = DispatchSemaphore(value: 0)

    /// - Parameter milliseconds: The length of every wait.
    init(milliseconds: Int) {
        length = UInt64(milliseconds) * 1_000_000
        Thread.detachNewThread { self.run() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let wasEmpty = state.withLock { state in
                let due = DispatchTime.now().uptimeNanoseconds + length
                state.waiting.append(Waiting(due: due, continuation: continuation))
                return state.waiting.count - state.first == 1
            }
            if wasEmpty { added.signal() }
        }
    }

    /// Lets this thread wake on time. Linux may otherwise wake it 50 microseconds late.
    private static func sharpenTimers() {
        guard let thread = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self"),
            let number = thread.split(separator: "/").last
        else { return }
        try? Data("1".utf8).write(to: URL(fileURLWithPath: "/proc/\(number)/timerslack_ns"))
    }

    private func run() {
        Self.sharpenTimers()
        while true {
            let now = DispatchTime.now().uptimeNanoseconds
            let (due, next) = state.withLock { state -> ([Waiting], UInt64?) in
                var end = state.first
                while end < state.waiting.count, state.waiting[end].due <= now { end += 1 }
                let due = Array(state.waiting[state.first..<end])
                state.first = end
                if end == state.waiting.count || end > 4096 {
                    state.waiting.removeFirst(end)
                    state.first = 0
                }
                return (due, state.waiting.isEmpty ? nil : state.waiting[state.first].due)
            }
            for waiting in due { waiting.continuation.resume() }
            guard let next else {
                added.wait()
                continue
            }
            var time = timespec(tv_sec: Int(next / 1_000_000_000), tv_nsec: Int(next % 1_000_000_000))
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
        }
    }
}
