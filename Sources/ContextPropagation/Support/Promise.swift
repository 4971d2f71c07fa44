import Synchronization

/// A value that is set once, for any number of waiting tasks.
package final class Promise<Value: Sendable>: Sendable {
    private let cell = PromiseCell<Value>()

    package init() {}

    /// Sets the value if it is not set yet. Returns whether this call set it.
    @discardableResult
    package func resolve(_ value: Value) -> Bool { cell.resolve(value) }

    /// The value, if it is set.
    package var resolved: Value? { cell.resolved }

    /// Waits for the value. Cancelling the task does not end the wait.
    package var value: Value {
        get async { await cell.value }
    }

    /// Waits for the value. Returns nil if the task is cancelled first. Other tasks continue to wait.
    package var valueUnlessCancelled: Value? {
        get async {
            switch cell.register() {
            case .resolved(let value): return value
            case .number(let number):
                return await withTaskCancellationHandler {
                    await cell.wait(number, endsWithTask: true)
                } onCancel: {
                    cell.cancel(number)
                }
            }
        }
    }
}

/// The storage of a ``Promise``, for objects that need no further allocation for it.
///
/// Resuming a task calls `enqueue` of its executor, which may be a user's code. Continuations are therefore never
/// resumed under the lock.
struct PromiseCell<Value: Sendable>: ~Copyable, Sendable {
    // Unsafe because a checked continuation allocates, and its size is known only at run time, which makes every use of
    // the state slow. A waiter is removed from the state by the call that resumes it.
    typealias Waiter = (number: UInt, continuation: UnsafeContinuation<Value?, Never>)

    // Not private: the compiler crashes when a file that holds a cell cannot see the type.
    struct State {
        var resolved: Value?
        /// Most promises have one waiter, which needs no array.
        var first: Waiter?
        var others: [Waiter] = []
        var lastNumber: UInt = 0
    }

    enum Registration {
        case resolved(Value)
        case number(UInt)
    }

    private let state = Mutex(State())

    /// Sets the value if it is not set yet. Returns whether this call set it.
    @discardableResult
    func resolve(_ value: Value) -> Bool {
        let waiters = state.withLock { state -> (first: Waiter?, others: [Waiter])? in
            guard state.resolved == nil else { return nil }
            state.resolved = value
            defer {
                state.first = nil
                state.others = []
            }
            return (state.first, state.others)
        }
        guard let waiters else { return false }
        waiters.first?.continuation.resume(returning: value)
        for waiter in waiters.others { waiter.continuation.resume(returning: value) }
        return true
    }

    /// The value, if it is set.
    var resolved: Value? { state.withLock { $0.resolved } }

    /// Waits for the value. Cancelling the task does not end the wait.
    var value: Value {
        get async {
            while true {
                switch register() {
                case .resolved(let value): return value
                case .number(let number):
                    if let value = await wait(number, endsWithTask: false) { return value }
                }
            }
        }
    }

    func register() -> Registration {
        state.withLock { state in
            if let value = state.resolved { return .resolved(value) }
            state.lastNumber += 1
            return .number(state.lastNumber)
        }
    }

    func wait(_ number: UInt, endsWithTask: Bool) async -> Value? {
        await withUnsafeContinuation { continuation in
            let answer = state.withLock { state -> Value?? in
                // The value may have been set, and the task cancelled, since `register`.
                if let value = state.resolved { return .some(value) }
                if endsWithTask && Task.isCancelled { return .some(nil) }
                if state.first == nil {
                    state.first = (number, continuation)
                } else {
                    state.others.append((number, continuation))
                }
                return .none
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    func cancel(_ number: UInt) {
        let waiter = state.withLock { state -> Waiter? in
            if state.first?.number == number { return state.first.take() }
            guard let index = state.others.firstIndex(where: { $0.number == number }) else { return nil }
            return state.others.remove(at: index)
        }
        waiter?.continuation.resume(returning: nil)
    }
}
