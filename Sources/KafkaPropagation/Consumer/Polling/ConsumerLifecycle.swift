internal import ContextPropagation
internal import Synchronization

/// Where a consumer is between its start and its end, and the tasks that wait for a phase.
final class ConsumerLifecycle: Sendable {
    /// A consumer only ever goes to a later phase.
    enum Phase: Int, Comparable {
        /// Records are read.
        case reading
        /// No more records are given. The consumer stays in its group, and offsets can be committed.
        case stopped
        /// The consumer is to leave its group when the records that were taken are done.
        case closing
        /// The consumer leaves its group. Calls are answered with an error.
        case leaving
        /// The client is not used any more.
        case closed

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var phase = Phase.reading
        var waiting: [(phase: Phase, promise: Promise<Void>)] = []
    }

    private let state = Mutex(State())

    var phase: Phase { state.withLock { $0.phase } }

    /// Whether calls are answered with an error.
    var isEnded: Bool { phase >= .leaving }

    /// Goes to this phase, unless the consumer is there already or beyond.
    func advance(to phase: Phase) {
        let reached = state.withLock { state in
            state.phase = max(state.phase, phase)
            let reached = state.waiting.filter { $0.phase <= state.phase }
            state.waiting.removeAll { $0.phase <= state.phase }
            return reached
        }
        for (_, promise) in reached { promise.resolve(()) }
    }

    /// Suspends until the consumer is in this phase, or the task is cancelled. Returns whether the phase was reached.
    func wait(for phase: Phase) async -> Bool {
        guard let promise = promise(for: phase) else { return true }
        if await promise.valueUnlessCancelled != nil { return true }
        state.withLock { state in state.waiting.removeAll { $0.promise === promise } }
        return false
    }

    /// Suspends until the consumer is in this phase, also in a task that is cancelled.
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
