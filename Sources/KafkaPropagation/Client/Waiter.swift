internal import Synchronization

/// One task that waits for one value. The first of value and cancellation counts.
final class Waiter<Value: Sendable>: Sendable {
    private enum State {
        case open
        case suspended(CheckedContinuation<Value?, Never>)
        case finished(Value?)
    }

    private let state = Mutex(State.open)

    /// The value; nil when the task was cancelled first. To be asked for once.
    var value: Value? {
        get async {
            await withTaskCancellationHandler {
                await uncancellableValue
            } onCancel: {
                finish(nil)
            }
        }
    }

    /// The value, also in a task that is cancelled. To be asked for once.
    var uncancellableValue: Value? {
        get async {
            await withCheckedContinuation { continuation in
                let finished = state.withLock { state -> Value?? in
                    if case .finished(let value) = state { return .some(value) }
                    state = .suspended(continuation)
                    return .none
                }
                if let finished { continuation.resume(returning: finished) }
            }
        }
    }

    /// Returns false where it was finished before: then the value has not been taken.
    @discardableResult
    func finish(_ value: Value?) -> Bool {
        let continuation = state.withLock { state -> CheckedContinuation<Value?, Never>?? in
            switch state {
            case .open:
                state = .finished(value)
                return .some(nil)
            case .suspended(let continuation):
                state = .finished(nil)
                return continuation
            case .finished:
                return .none
            }
        }
        guard let continuation else { return false }
        continuation?.resume(returning: value)
        return true
    }
}
