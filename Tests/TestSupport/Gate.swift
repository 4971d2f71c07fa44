import Synchronization

/// A gate at which tasks wait until it is opened, even if they are cancelled.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var arrived = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, due) = state.withLock { state in
                state.arrived += 1
                let arrived = state.arrived
                let due = state.arrivals.filter { $0.count <= arrived }.map(\.continuation)
                state.arrivals.removeAll { $0.count <= arrived }
                if !state.isOpen { state.waiting.append(continuation) }
                return (state.isOpen, due)
            }
            for continuation in due { continuation.resume() }
            if isOpen { continuation.resume() }
        }
    }

    package func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until this number of tasks has reached the gate.
    package func arrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.arrived < count { state.arrivals.append((count, continuation)) }
                return state.arrived >= count
            }
            if isDue { continuation.resume() }
        }
    }
}

/// Waits until the task is cancelled.
package func untilCancelled() async throws {
    let gate = Gate()
    await withTaskCancellationHandler {
        await gate.pass()
    } onCancel: {
        gate.open()
    }
    try Task.checkCancellation()
}

/// Checks `condition` every millisecond until it holds. Use it for a change that no event announces, for example in a
/// pool's statistics. The suite's time limit, which cancels the task, ends it.
package func until(_ condition: () -> Bool) async {
    while !condition(), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
}
