import Synchronization

/// Tells the body of `withTerminationSignals` whether a signal came, and runs actions when it comes.
public final class TerminationSignals: Sendable {
    typealias Action = @Sendable () -> Void

    private struct State {
        var received: TerminationSignal?
        var actions: [Action] = []
        var isNoticed = false
    }

    private let state = Mutex(State())

    init() {}

    /// The signal that came first, or nil if none came.
    public var received: TerminationSignal? {
        state.withLock { state in
            if state.received != nil { state.isNoticed = true }
            return state.received
        }
    }

    /// Whether the body acted on the signal, or read it after it had come.
    var isNoticed: Bool { state.withLock { $0.isNoticed } }

    /// Runs `action` once when the first signal comes. If a signal has already come, it runs `action` before it
    /// returns.
    ///
    /// Only stop the intake here, as with `consumer.triggerGracefulShutdown()`. The body of the scope then ends by
    /// itself.
    ///
    ///     signals.onSignal { consumer.triggerGracefulShutdown() }
    ///
    /// - Parameters:
    ///   - fileID: The source file of the call. Leak checks report it. Keep the default.
    ///   - line: The source line of the call. Leak checks report it. Keep the default.
    ///   - action: The code to run, in the context of this call. It runs on a Dispatch queue, after the actions that
    ///     were added before. It must not block.
    public func onSignal(
        fileID: StaticString = #fileID,
        line: UInt = #line,
        _ action: @escaping @Sendable () -> Void
    ) {
        let snapshot = ContextSnapshot.capture(.current, fileID, line)
        let hasCome = state.withLock { state in
            guard state.received == nil else {
                state.isNoticed = true
                return true
            }
            state.actions.append { snapshot.run(action) }
            return false
        }
        if hasCome { action() }
    }

    /// Stores the signal and returns the actions. The caller runs them outside its locks.
    func receive(_ signal: TerminationSignal) -> [Action] {
        state.withLock { state in
            guard state.received == nil else { return [] }
            state.received = signal
            state.isNoticed = !state.actions.isEmpty
            defer { state.actions = [] }
            return state.actions
        }
    }
}
