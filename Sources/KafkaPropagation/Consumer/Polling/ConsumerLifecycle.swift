internal import ContextPropagation
internal import Synchronization

/// The phase of a consumer between its start and its end, with the tasks that wait for a phase.
final class ConsumerLifecycle: Sendable {
    /// The phases in their order. A consumer never returns to an earlier phase.
    enum Phase: Int, Comparable {
        /// The consumer reads records.
        case reading
        /// The consumer delivers no more records. It stays in its group, and can commit offsets.
        case stopped
        /// The consumer waits until the taken records are done. Then it leaves its group.
        case closing
        /// The consumer leaves its group. Calls throw an error.
        case leaving
        /// The consumer no longer uses its client.
        case closed

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var phase = Phase.reading
        var waiting: [(phase: Phase, promise: Promise<Void>)] = []
    }

    private let state = Mutex(State())

    var phase: Phase { state.withLock { $0.phase } }

    /// Whether every call now throws an error.
    var isEnded: Bool { phase >= .leaving }

    /// Moves to this phase, unless the consumer has already reached it.
    func advance(to phase: Phase) {
        let reached = state.withLock { state in
            state.phase = max(state.phase, phase)
            let reached = state.waiting.filter { $0.phase <= state.phase }
            state.waiting.removeAll { $0.phase <= state.phase }
            return reached
        }
        for (_, promise) in reached { promise.resolve(()) }
    }

    /// Suspends until the consumer reaches this phase or the task is cancelled. Returns whether it reached the phase.
    func wait(for phase: Phase) async -> Bool {
        guard let promise = promise(for: phase) else { return true }
        if await promise.valueUnlessCancelled != nil { return true }
        state.withLock { state in state.waiting.removeAll { $0.promise === promise } }
        return false
    }

    /// Suspends until the consumer reaches this phase, even in a cancelled task.
    func waitUncancellably(for phase: Phase) async {
        if let promise = promise(for: phase) { await promise.value }
    }

    private func promise(for phase: Phase) -> Promise<Void>? {
        state.withLock { state in
            if state.phase >= phase { return nil }
            let promise = Promise<Void>()
            state.waiting.append((phase, promise))
            return promise
        }
    }
}
