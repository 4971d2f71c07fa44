import Synchronization

/// A value that comes once, and any number of tasks that wait for it.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Value, Never>])
        case resolved(Value)
    }

    private let state = Mutex(State.waiting([]))

    /// The first value counts.
    func resolve(_ value: Value) {
        let waiting = state.withLock { state -> [CheckedContinuation<Value, Never>] in
            guard case .waiting(let waiting) = state else { return [] }
            state = .resolved(value)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    var resolved: Value? {
        state.withLock { if case .resolved(let value) = $0 { value } else { nil } }
    }

    var value: Value {
        get async {
            if let resolved { return resolved }
            return await withCheckedContinuation { continuation in
                let resolved = state.withLock { state -> Value? in
                    switch state {
                    case .resolved(let value):
                        return value
                    case .waiting(var waiting):
                        waiting.append(continuation)
                        state = .waiting(waiting)
                        return nil
                    }
                }
                if let resolved { continuation.resume(returning: resolved) }
            }
        }
    }
}
